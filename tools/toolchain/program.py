"""How each program of this project ends: in one message, whatever went wrong outside of it, and with no traceback."""

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
"""What a shell makes of SIGINT and of SIGPIPE: https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html"""

OUTSIDE: tuple[type[Exception], ...] = (OSError, OutsideError)
"""What can go wrong without a fault in this project."""


def run(main: Callable[[], int], *expected: type[Exception]) -> int:
    """Run a program to its exit code.

    What is in `OUTSIDE` or in `expected` is told in one message, with 1. SIGTERM, and SIGHUP but under `nohup`, end the
    program in an orderly way, as Ctrl-C does. So does SIGINT where a script started the program in the background,
    with SIGINT ignored.
    """
    told = (*OUTSIDE, *expected)
    _prepare()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE  # the reader has seen enough
    except told as error:
        code = refuse(message(error))
    except KeyboardInterrupt:
        code = refuse(outside.INTERRUPTED, code=AFTER_SIGINT)
    try:
        sys.stdout.flush()
    except OSError:  # Python would flush once more at its end, and fail with a traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _prepare() -> None:
    """Make each signal an interruption, and standard output and error writable."""
    for number in signals.heard():
        signal.signal(number, signal.default_int_handler)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the caller has closed it
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the program
        else:
            stream.reconfigure(errors="replace")  # a terminal may lack one of our characters


def refuse(text: str, *, code: int = ERROR) -> int:
    """Print what is wrong, and return the exit code."""
    sys.stderr.write(f"✗ {text}\n")
    return code


def message(error: Exception) -> str:
    """Return what an error says, with its notes."""
    return "\n".join([outside.message(error) or str(error), *getattr(error, "__notes__", [])])
