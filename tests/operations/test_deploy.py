"""Tests of `make deploy` and `make destroy`: what they run, and what they refuse first."""

import os
import sys
from collections.abc import Sequence

import pytest

from operations import deploy
from tests.support.make import make
from tools.toolchain import wrapper


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What cdktf is run with."""
    arguments: list[list[str]] = []

    def run(given: Sequence[str]) -> int:
        arguments.append([*given])
        return 3

    monkeypatch.setattr(wrapper, "run", run)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return arguments


@pytest.mark.parametrize(("option", "command"), [([], "deploy"), (["--destroy"], "destroy")])
def test_cdktf_runs_with_the_stacks_of_the_environment(
    option: list[str], command: str, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(sys, "argv", ["deploy", "dev", *option])

    assert deploy.main() == 3
    assert ran == [[command, "dev-registry", "dev-dns", "dev-main"]]


def test_missing_credentials_are_explained(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy", "dev"])

    assert (deploy.main(), ran) == (1, [])
    assert capsys.readouterr().err == f"✗ {deploy.NO_CREDENTIALS}\n"


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
        ("deploy", "nowhere", "✗ environments.toml: unknown environment nowhere; known environments: dev, production"),
        ("destroy", "nowhere", "✗ environments.toml: unknown environment nowhere; known environments: dev, production"),
        ("deploy", "dev", "✗ a deployment asks for an approval, which needs a terminal: "),
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
