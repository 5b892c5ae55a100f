"""Tests of the parts that all programs share."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(
    ("variable", "shown"), [("", ""), ("own.toml", "settings: own.toml (ENVIRONMENTS_FILE)\n")], ids=str
)
def test_another_settings_file_is_named(
    variable: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENTS_FILE", variable)

    command.show_settings_file()

    assert capsys.readouterr().out == shown
