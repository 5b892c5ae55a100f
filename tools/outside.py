"""Errors with a cause outside of this project, such as a full disk or Ctrl-C: one message, no traceback.

After the import of this module, Python prints such an error as one message. A program imports this module first if the
other imports take a long time. https://docs.python.org/3/library/sys.html#sys.excepthook
"""

import errno
import re
import sys
from types import TracebackType

INTERRUPTED = "interrupted"


class OutsideError(Exception):
    """An error in the user's settings, files or environment. The user sees only the message."""


NODE = re.compile(rf"(?:Error: )?(.*\b(?:{'|'.join(errno.errorcode.values())}): .+)")
"""The pattern of jsii's message for an error of the operating system in Node.

https://nodejs.org/api/errors.html#class-systemerror
"""

VALIDATION = re.compile(r"Error: (Validation failed with the following errors:(?:\n +\[.*)+)")
"""The pattern of jsii's message for an error that a construct of cdktf finds, such as a Terraform that cannot run."""


def message(error: BaseException) -> str:
    """Return the message for an error, or "" if the error needs a traceback.

    The message for an error of the operating system is `file: error`.
    """
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, OutsideError):
        return str(error)
    if isinstance(error, OSError):
        names = [str(name) for name in (error.filename, error.filename2) if name]
        return ": ".join([*names, error.strerror]) if error.strerror else str(error)
    is_of_jsii = isinstance(error, RuntimeError) or type(error).__module__ == "jsii.errors"
    found = (NODE.match(str(error)) or VALIDATION.match(str(error))) if is_of_jsii else None
    return found[1] if found else ""


def _tell(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if text := message(error):
        sys.stderr.write(f"✗ {text}\n")
        sys.unraisablehook = lambda _: None  # jsii fails to stop a process that was interrupted during its start
    else:
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _tell
