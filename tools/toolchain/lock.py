"""Lock of an output folder. Without the lock, a second command would delete or replace files of the first command."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.outside import OutsideError

NAME = ".lock"


class LockedError(OutsideError):
    """Another command holds the lock. The message names that command and says what to do."""


@contextmanager
def held(folder: Path, *, by: str) -> Iterator[None]:
    """Hold the lock of an output folder for the block.

    Commands that `processes` starts, and their descendants, inherit the lock. The kernel releases the lock when the
    last of these processes has ended, even if it was killed.

    Args:
        folder: The output folder, which is created if it does not exist.
        by: The command that holds the lock, for the error that another command raises.

    Raises:
        LockedError: Another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("a+", encoding="utf-8", errors="backslashreplace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another command"
            raise LockedError(f"{folder} is in use by {holder}; wait until that process ends, or end it") from None
        file.truncate(0)
        file.write(f"`{by}` (process {os.getpid()})\n")
        file.flush()
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - the standard library's signature
        yield
