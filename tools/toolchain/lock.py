"""One command at a time on an output folder: a second one would delete or replace what the first one works on."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.outside import OutsideError

NAME = ".lock"


class LockedError(OutsideError):
    """Another command works on the folder; the message says which, and what to do."""


@contextmanager
def held(folder: Path, *, by: str) -> Iterator[None]:
    """Hold an output folder for the block, or for as long as this process lives.

    A command that is started by `processes` holds it, too, and so does what this starts in turn. The kernel releases it
    with the last of them, however they end: no lock is left behind.

    Args:
        folder: The output folder, which is made if it is not there.
        by: The command that holds it, for the message that another one gets.

    Raises:
        LockedError: Another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("a+", encoding="utf-8", errors="backslashreplace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another command"
            raise LockedError(f"{folder} is in use by {holder}: wait until it ends, or end it") from None
        file.truncate(0)
        file.write(f"`{by}` (process {os.getpid()})\n")
        file.flush()
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - the standard library's signature
        yield
