"""Tests of `make deploy` and `make destroy`: what they run, and what they refuse first."""

import os
import sys
from collections.abc import Sequence

import pytest

from operations import command, deploy, recorded_service
from tests.support.make import make
from tests.support.settings_files import ENVIRONMENTS
from tools.outside import OutsideError
from tools.toolchain import wrapper


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What cdktf is run with."""
    arguments: list[list[str]] = []

    def run(given: Sequence[str]) -> int:
        arguments.append([*given])
        return 3

    monkeypatch.setattr(wrapper, "run", run)
    monkeypatch.setattr(recorded_service, "check", lambda *_: None)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return arguments


@pytest.mark.parametrize(("option", "verb"), [([], "deploy"), (["--destroy"], "destroy")])
def test_cdktf_runs_with_the_stacks_of_the_environment(
    option: list[str], verb: str, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(sys, "argv", ["deploy", "dev", *option])

    assert deploy.main() == 3
    assert ran == [[verb, "dev-registry", "dev-dns", "dev-main"]]


def test_only_a_deployment_checks_the_record(ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OutsideError("not recorded")

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(recorded_service, "check", refuse)
    for arguments, code in ((["dev"], 1), (["dev", "--destroy"], 3)):
        monkeypatch.setattr(sys, "argv", ["deploy", *arguments])
        assert deploy.main() == code

    assert [command for command, *_ in ran] == ["destroy"]


def test_missing_credentials_are_explained(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy", "dev"])

    assert (deploy.main(), ran) == (1, [])
    assert capsys.readouterr().err == f"✗ {command.NO_CREDENTIALS}\n"


def test_a_missing_profile_is_named(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "shop")
    monkeypatch.setattr(sys, "argv", ["deploy", "dev"])

    assert (deploy.main(), ran) == (1, [])
    assert capsys.readouterr().err == "✗ The config profile (shop) could not be found\n"


@pytest.mark.parametrize(
    ("target", "environment", "message"),
    [
        ("deploy", "nowhere", f"✗ {ENVIRONMENTS}: unknown environment nowhere; known environments: dev, production"),
        ("destroy", "nowhere", f"✗ {ENVIRONMENTS}: unknown environment nowhere; known environments: dev, production"),
        ("destroy", "dev", "✗ a deployment asks for an approval, which needs a terminal: "),
    ],
)
def test_refusals_are_one_line(target: str, environment: str, message: str) -> None:
    process = make(
        target, f"ENV={environment}", variables={"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    )

    first, said_by_make = process.stderr.splitlines()
    assert (process.returncode, process.stdout) == (2, "")
    assert first.startswith(message)
    assert said_by_make.startswith("make: *** ")
