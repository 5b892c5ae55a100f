"""Tests of the command lines that all programs refuse."""

import subprocess
import sys

import pytest

from tests.support.synthesized import ROOT


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("diff", []),
        ("diff", ["dev", "--aply"]),
        ("diff.comment", ["dev"]),
        ("diff.comment", ["dev", "seven"]),
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
