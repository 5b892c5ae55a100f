"""Tests of the parts that all programs share."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from operations import command
from tests.support.synthesized import ROOT


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("diff", []),
        ("diff", ["dev", "--aply"]),
        ("diff.comment", ["dev"]),
        ("diff.comment", ["dev", "seven"]),
        ("images.push", ["dev"]),
        ("promote", ["dev"]),
        ("state_bucket", []),
    ],
)
def test_a_wrong_command_line_is_an_error_and_no_change(program: str, arguments: list[str]) -> None:
    process = subprocess.run(
        [sys.executable, "-m", f"operations.{program}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 1
    assert process.stderr.startswith("usage: ")


def test_the_arn_of_a_secret_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    command.report("arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1")

    assert capsys.readouterr().out == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1\n"


@pytest.mark.parametrize("console", ["CONSOLE", "ERRORS"])
def test_the_end_of_the_reader_has_its_own_exit_code(console: str) -> None:
    """The exit code 1 would mean that a command which changes a system has changed nothing."""
    lines = f"[command.report('line', console=command.{console}) for _ in range(100_000)]"
    program = f"import sys; from operations import command; sys.exit(command.run(lambda: len({lines})))"
    line = f'{sys.executable} -c "{program}" 2>&1 | true'

    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (141, "", "")


@pytest.mark.parametrize(
    ("variable", "shown"), [("", ""), ("own.toml", "settings: own.toml (ENVIRONMENTS_FILE)\n")], ids=str
)
def test_another_settings_file_is_named(
    variable: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENTS_FILE", variable)

    command.show_settings_file()

    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("terminal", "variables", "told"),
    [(True, {}, 1), (True, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, 0), (False, {}, 0)],
    ids=["AWS", "a rehearsal", "a log"],
)
def test_a_user_of_aws_is_told_that_a_rehearsal_is_kept(
    terminal: bool,  # noqa: FBT001 - a parameter of the test
    variables: dict[str, str],
    told: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tools.toolchain.KEPT_REHEARSAL", tmp_path / "env")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert command.run(lambda: 0) == 0
    before = capsys.readouterr().err
    (tmp_path / "env").touch()
    assert command.run(lambda: 0) == 0

    note = "This command uses AWS. To use the kept rehearsal instead: . .rehearsal/env\n"
    assert (before, capsys.readouterr().err) == ("", note * told)


def test_an_ended_local_aws_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.toolchain.KEPT_REHEARSAL", tmp_path / "env")
    (tmp_path / "env").touch()

    def ask(endpoint: str) -> int:
        raise EndpointConnectionError(endpoint_url=endpoint)

    for endpoint in ("http://127.0.0.1:1/", "https://sts.eu-central-1.amazonaws.com/"):
        assert command.run(partial(ask, endpoint)) == 1

    local, note, aws = capsys.readouterr().err.splitlines()
    assert note == "The local AWS of this rehearsal has ended. Run make down, then make rehearse KEEP=1."
    assert ("127.0.0.1" in local, "amazonaws.com" in aws) == (True, True)
