"""Tests of `make deploy` and `make destroy`: what they run, and what they refuse first."""

import os
import sys
from collections.abc import Sequence

import pytest

from operations import command, deploy, recorded_service
from operations.preflight.examination import Examination
from operations.preflight.finding import Finding, not_checked, ok, problem, warning
from settings import Settings
from tests.support.make import make
from tests.support.settings_files import ENVIRONMENTS
from tools.outside import OutsideError
from tools.toolchain import wrapper


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What cdktf is run with."""
    arguments: list[list[str]] = []

    def run(given: Sequence[str], *, selection: Sequence[str]) -> int:
        assert selection == ["--environment=dev"]
        arguments.append([*given])
        return 3

    monkeypatch.setattr(wrapper, "run", run)
    find(monkeypatch, ok("region", "is enabled"))
    monkeypatch.setattr(recorded_service, "check", lambda *_: None)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return arguments


def find(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    """Let the preflight have these findings."""

    def examine(settings: Settings, _: object) -> Examination:
        return Examination(settings, None, [*findings])

    monkeypatch.setattr(deploy, "examine", examine)


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


@pytest.mark.parametrize(("option", "runs"), [([], []), (["--destroy"], ["destroy"])])
def test_problems_stop_a_deployment_and_no_destruction(
    option: list[str],
    runs: list[str],
    ran: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    find(monkeypatch, problem("domain", "is not delegated", advice="delegate it"))
    monkeypatch.setattr(sys, "argv", ["deploy", "dev", *option])

    deploy.main()

    assert [command for command, *_ in ran] == runs
    said = capsys.readouterr()
    if not runs:
        assert said.out.splitlines() == [
            "dev: unknown account, region eu-central-1",
            "problem      domain: is not delegated",
            "             -> delegate it",
            "1 problem (make preflight ENV=dev shows all)",
        ]
        assert said.err == (
            "✗ dev: the deployment would fail; solve each problem above. To deploy without this check: cdktf deploy "
            "dev-registry dev-dns dev-main\n"
        )


def test_warnings_and_missing_answers_stop_no_deployment(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    late = not_checked("quota", "the answer took too long")
    find(monkeypatch, warning("image", "is missing", advice="push it"), late, ok("region", "is enabled"))
    monkeypatch.setattr(sys, "argv", ["deploy", "dev"])

    assert deploy.main() == 3
    assert [command for command, *_ in ran] == ["deploy"]
    assert capsys.readouterr().out.splitlines() == [
        "dev: unknown account, region eu-central-1",
        "warning      image: is missing",
        "             -> push it",
        "1 warning, 1 not checked, 1 ok (make preflight ENV=dev shows all)",
    ]


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
