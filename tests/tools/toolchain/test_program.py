"""The end of a program: one message for every expected error."""

import io
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tools.toolchain import program
from tools.toolchain.commands import CommandError
from tools.toolchain.files import FileError
from tools.toolchain.signals import SIGNALS


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def raising(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


def noted(error: Exception) -> Exception:
    error.add_note("It was logged.")
    return error


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (PermissionError(13, "Permission denied", "/some/file"), 1, "✗ /some/file: Permission denied\n"),
        (FileError("state: is not JSON"), 1, "✗ state: is not JSON\n"),
        (CommandError("terraform plan", 1, "no\n"), 1, "✗ `terraform plan` exited with 1. It printed:\nno\n\n"),
        (noted(LookupError("it is not there")), 1, "✗ it is not there\nIt was logged.\n"),
        (KeyboardInterrupt(), 130, "✗ interrupted\n"),
    ],
)
def test_an_expected_error_is_one_message(
    error: BaseException, code: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO()))

    assert program.run(raising(error), LookupError) == code

    stderr.seek(0)
    assert stderr.read() == told


def run(source: str, *, started: tuple[str, ...] = (), **variables: str) -> "subprocess.CompletedProcess[str]":
    code = f"import os, signal, sys; from tools.toolchain import program\n{textwrap.dedent(source)}"
    return subprocess.run(
        [*started, sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_an_unexpected_error_has_a_traceback() -> None:
    process = run("sys.exit(program.run(lambda: 1 // 0))")

    assert process.returncode == 1
    assert "ZeroDivisionError" in process.stderr


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_each_signal_interrupts_the_program(number: str) -> None:
    process = run(f"sys.exit(program.run(lambda: os.kill(os.getpid(), signal.{number})))")

    assert (process.returncode, process.stderr) == (130, "✗ interrupted\n")


def test_sighup_is_ignored_under_nohup() -> None:
    process = run("sys.exit(program.run(lambda: os.kill(os.getpid(), signal.SIGHUP) or 7))", started=("nohup",))

    assert process.returncode == 7


def test_unsupported_characters_are_replaced() -> None:
    process = run("sys.exit(program.run(lambda: print('→') or program.refuse('→')))", PYTHONIOENCODING="latin-1")

    assert (process.returncode, process.stdout, process.stderr) == (1, "?\n", "? ?\n")


PRINTING = """
import sys
from tools.toolchain import program
sys.exit(program.run(lambda: print("x" * 1_000_000) or 0))
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to simulate a full disk")
def test_a_full_disk_is_one_message() -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from tools.toolchain import program; sys.exit(program.run(lambda: print('x') or 0))",
            ],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (process.returncode, process.stderr) == (1, "✗ No space left on device\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_not_an_error(closed: str) -> None:
    command = f'"$0" -c "$1" {closed}'
    process = subprocess.run(
        ["sh", "-c", command, sys.executable, PRINTING], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (process.returncode, process.stderr) == (0, "")


def test_a_broken_pipe_is_not_an_error() -> None:
    process = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" | head -c 1', sys.executable, PRINTING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.stdout, process.stderr) == ("x", "")
