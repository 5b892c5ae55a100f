"""Tests of `ops` as a program: its commands, its link, and its exit codes."""

import re
import subprocess
from pathlib import Path

import pytest

from operations.__main__ import COMMANDS
from operations.commands.answer import Exit
from tests.support.make import make
from tests.support.synthesized import ROOT
from tools.toolchain.program import AFTER_SIGINT

OPS = ROOT / "tools" / "toolchain" / "ops"


def run(*arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([OPS, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_help_lists_the_commands_from_each_folder(tmp_path: Path) -> None:
    process = run("--help", folder=tmp_path)

    assert (process.returncode, process.stderr) == (0, "")
    assert re.findall(r"(?m)^    ([\w-]+)(?: +\w|$)", process.stdout) == [*COMMANDS]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "ops: error: the following arguments are required: COMMAND"),
        (("repair", "dev"), "ops: error: argument COMMAND: invalid choice: 'repair'"),
        (("status",), "ops status: error: the following arguments are required: ENV"),
        (("status", "../dev"), "ops status: error: argument ENV: ENV must name an environment"),
        (("status", "nowhere"), "unknown environment nowhere"),
    ],
    ids=str,
)
def test_a_wrong_command_line_is_an_error(arguments: tuple[str, ...], message: str) -> None:
    process = run(*arguments)

    assert (process.returncode, process.stdout) == (Exit.ERROR, "")
    assert message in process.stderr
    assert "Traceback" not in process.stderr


def test_make_is_a_shortcut_with_its_own_exit_code() -> None:
    process = make("status", variables={"ENV": "nowhere"})

    assert process.returncode == 2
    assert "unknown environment nowhere" in process.stderr
    assert "python -m operations outputs" in make("--dry-run", "outputs").stdout


def test_the_exit_codes_are_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("\n## Look at a system\n")[2].partition("\n## ")[0]

    assert [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", section)] == [*Exit, AFTER_SIGINT]


def test_the_environment_gets_a_link_to_the_program() -> None:
    assert "ln -sf ../../tools/toolchain/ops ops" in (ROOT / "Makefile").read_text(encoding="utf-8")
