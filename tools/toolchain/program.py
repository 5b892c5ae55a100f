"""The start and the end of this project's programs. For an expected error, they print one message, no traceback."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tools import outside
from tools.outside import OutsideError
from tools.toolchain import signals

ERROR = 1
AFTER_SIGINT = 130
BROKEN_PIPE = 141
"""A shell's exit codes for SIGINT and SIGPIPE: https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html"""

OUTSIDE: tuple[type[Exception], ...] = (OSError, OutsideError)
"""Errors that do not point to a fault in this project."""


def run(main: Callable[[], int], *expected: type[Exception]) -> int:
    """Run a program and return its exit code.

    SIGTERM, SIGHUP and SIGQUIT end the program as Ctrl-C does. SIGHUP has no effect under `nohup`. A shell script
    starts background programs with SIGINT ignored. SIGINT ends this program even then.

    Args:
        main: The program.
        expected: Further errors that end the program with their message and the exit code 1, as those in `OUTSIDE` do.
    """
    told = (*OUTSIDE, *expected)
    _prepare()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE  # the reader, such as `head`, has ended
    except told as error:
        code = refuse(message(error))
    except KeyboardInterrupt:
        code = refuse(outside.INTERRUPTED, code=AFTER_SIGINT)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # Python flushes again at its end, would print a traceback, and exit with 120
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _prepare() -> None:
    """Let each signal raise KeyboardInterrupt, and make standard output and standard error writable."""
    for number in signals.interrupting():
        signal.signal(number, signal.default_int_handler)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the caller has closed it
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the program ends
        else:
            stream.reconfigure(errors="replace")  # a terminal may not support all our characters


def refuse(text: str, *, code: int = ERROR) -> int:
    """Print an error, and return the exit code."""
    sys.stderr.write(f"✗ {text}\n")
    return code


def message(error: Exception) -> str:
    """Return the message of an error, with its notes."""
    return "\n".join([outside.message(error) or str(error), *getattr(error, "__notes__", [])])
