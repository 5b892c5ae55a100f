"""The program behind `make clean`: removes the folders that other commands made, unless such a command is running.

It needs no packages, and it also runs on Python 3.6.
"""

import fcntl
import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

MADE = (
    *(".venv", ".tools", "node_modules", "cdktf.out", "cdktf.out.state", ".rehearsal"),
    *(".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
)
KEPT = Path(".rehearsal", "env")
"""The link to a kept rehearsal, which `make down` removes."""
LOCKS = (Path("cdktf.out", ".lock"), Path("cdktf.out.state", ".lock"), Path(".tools", ".lock"))
"""The lock files of lock.py and step.py."""


def main() -> int:
    """Remove the folders from the working folder, print their names, and return the exit code."""
    if os.path.lexists(str(KEPT)):
        return refuse("nothing was removed, because KEEP=1 keeps a rehearsal; run make down first")
    try:
        with ExitStack() as held:
            for lock in filter(Path.exists, LOCKS):
                fcntl.flock(held.enter_context(lock.open("a")), fcntl.LOCK_EX | fcntl.LOCK_NB)
            clean()
    except BlockingIOError:
        return refuse("nothing was removed, because a command of this project is running in this folder")
    except OSError as error:
        return refuse(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return refuse("interrupted")
    return 0


def clean() -> None:
    """Remove the folders and the byte code of the modules."""
    for folder in filter(Path.exists, map(Path, MADE)):
        shutil.rmtree(folder)
        sys.stdout.write(f"Removed {folder}\n")
    for cache in [*Path().rglob("__pycache__")]:
        shutil.rmtree(cache)


def refuse(text: str) -> int:
    """Print an error, and return the exit code."""
    sys.stderr.write(f"✗ {text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
