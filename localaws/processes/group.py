"""A process group for the commands of a build or a task. It ends when its owner or the local AWS ends it."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from tools.toolchain.process_tree import wait_until_dead

# The watchdog is a process that reads from a pipe. The local AWS writes a line to the pipe when the group must end, and
# the watchdog then kills the process group. If the local AWS is killed, the pipe closes without a line. The watchdog
# then kills the process group, too, and removes the folder of the group.
_WATCHDOG = 'IFS= read -r done; orphaned=$?; kill -s KILL -- "-$1"; [ "$orphaned" = 0 ] || rm -rf -- "$2"'


class ProcessGroup:
    """A process that leads a new process group, and a watchdog that kills the group.

    Args:
        command: The program with its arguments.
        folder: The folder of the group. It is removed if the local AWS is killed.
        start_in: The working directory of the process.
        environment: The environment variables of the process.
        stdin: The standard input, as `subprocess.Popen` takes it.
        stdout: The standard output.
        stderr: The standard error.

    Raises:
        OSError: The program cannot be executed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        start_in: Path,
        environment: dict[str, str],
        stdin: int,
        stdout: int,
        stderr: int | IO[bytes],
    ) -> None:
        self.leader = subprocess.Popen(
            command,
            cwd=start_in,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            process_group=0,
        )
        self._watchdog = subprocess.Popen(
            ["sh", "-c", _WATCHDOG, "watchdog", str(self.leader.pid), str(folder)],
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def kill(self) -> None:
        """Kill the process group. After that, no process of the group writes into the folder."""
        if self._watchdog.returncode is None:
            self._watchdog.communicate(b"done\n")
            wait_until_dead(list(_group(self.leader.pid)))


def _group(leader: int) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == leader:
                yield process
