"""How each program of this project ends: in one message, whatever went wrong outside of it, and with no traceback."""

import os
import signal
import sys
from collections.abc import Callable

from tools import outside
from tools.outside import OutsideError
from tools.toolchain.signals import SIGNALS

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
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that lacks one of our characters
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


def refuse(text: str, *, code: int = ERROR) -> int:
    """Print what is wrong, and return the exit code."""
    sys.stderr.write(f"✗ {text}\n")
    return code


def message(error: Exception) -> str:
    """Return what an error says, with its notes."""
    return "\n".join([outside.message(error) or str(error), *getattr(error, "__notes__", [])])
