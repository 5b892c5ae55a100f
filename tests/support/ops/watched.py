"""Commands of `ops` with `--watch`, which run in a process until they are interrupted."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread
from typing import IO

from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS
from tests.support.ops.user import User
from tests.support.synthesized import ROOT

Lines = Queue[str]


@contextmanager
def watched(user: User, name: str, *options: str) -> Iterator[tuple[Lines, Callable[[], tuple[int, str]]]]:
    """Run a command with `--watch`. Return its lines, and a function that interrupts it.

    The function returns the exit code and the text on standard error.
    """
    command = [sys.executable, "-m", "operations", name, "dev", "--watch", *options]
    variables = os.environ | {"ENVIRONMENTS_FILE": str(user.file), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        lines: Lines = Queue()
        assert process.stdout
        Thread(target=_read, args=(process.stdout, lines), daemon=True).start()

        def interrupt() -> tuple[int, str]:
            process.send_signal(signal.SIGINT)
            code = process.wait(TIMEOUT_SECONDS)
            assert process.stderr
            return code, process.stderr.read()

        try:
            yield lines, interrupt
        finally:
            process.kill()


def _read(stream: IO[str], lines: Lines) -> None:
    for line in stream:
        lines.put(line)


def until_line(lines: Lines, beginning: str) -> str:
    """Return the lines up to the first one with a beginning."""
    found = ""
    while True:
        try:
            line = lines.get(timeout=2 * TIMEOUT_SECONDS)
        except Empty:
            raise AssertionError(f"no line begins with {beginning!r} after {found!r}") from None
        found += line
        if line.startswith(beginning):
            return found
