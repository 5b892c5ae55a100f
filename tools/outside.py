"""What goes wrong outside of this project, such as a full disk, or Ctrl-C: told in one message, without a traceback.

A program whose imports take long imports this before them: the message then takes the place of Python's traceback from
there on. https://docs.python.org/3/library/sys.html#sys.excepthook
"""

import errno
import re
import sys
from types import TracebackType

INTERRUPTED = "interrupted"


class OutsideError(Exception):
    """Something outside of the project, or what a user set, is not as it must be; the message is all that is told."""


NODE = re.compile(rf"(?:Error: )?(.*\b(?:{'|'.join(errno.errorcode.values())}): .+)")
"""What jsii says of what Node was told by the operating system.

https://nodejs.org/api/errors.html#class-systemerror
"""

VALIDATION = re.compile(r"Error: (Validation failed with the following errors:(?:\n +\[.*)+)")
"""What it says of what a construct of cdktf found wrong, such as a Terraform that cannot run."""


def message(error: BaseException) -> str:
    """Return the message for an error, or "" if only a traceback explains it.

    An error of the operating system is told as `file: fault`.
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
        sys.unraisablehook = lambda _: None  # jsii cannot end what was interrupted while it began
    else:
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _tell
