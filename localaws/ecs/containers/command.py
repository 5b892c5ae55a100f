"""A command of a container, which runs as a process of this machine.

The local AWS has no container runtime, so the command uses the programs on the PATH of this machine, and an empty
folder. ECS passes the command to the container runtime as a list, without a shell.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import IO, cast

from localaws.processes.group import ProcessGroup

LONGEST_LINE = 262_118
"""The bytes after which the log driver begins a new event.

https://github.com/moby/moby/blob/master/daemon/logger/awslogs/cloudwatchlogs.go
"""
_CHUNK = 65_536
_READ_SECONDS = 10.0
"""How long to read the output after the command has ended. A process in another group can keep the output open."""

WriteLines = Callable[[list[str]], None]


class CannotStartError(Exception):
    """The command cannot be executed. The message is that of the container runtime runc."""


class Command:
    """A running command. Its output goes to a log, line by line.

    Args:
        command: The program with its arguments.
        variables: The environment variables. PATH and HOME are those of this machine and of the folder, unless given.
        write: Writes lines of the output to the log.
        ended: Is called in another thread after the command has ended and its output is in the log.

    Raises:
        CannotStartError: The program does not exist on this machine, or cannot be executed.
    """

    def __init__(
        self, command: Sequence[str], *, variables: dict[str, str], write: WriteLines, ended: Callable[[], None]
    ) -> None:
        self._write = write
        self._ended = ended
        self._has_ended = Event()
        self._folder = TemporaryDirectory(prefix="ecs-", ignore_cleanup_errors=True)
        path = Path(self._folder.name)
        machine = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(path)}
        try:
            self._group = ProcessGroup(
                command,
                folder=path,
                start_in=path,
                environment=machine | variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except (OSError, ValueError) as error:
            self._folder.cleanup()
            raise CannotStartError(_error(command[0], error)) from None
        self._output = cast(IO[bytes], self._group.leader.stdout)
        Thread(target=self._wait, name=f"container {command[0]}", daemon=True).start()

    @property
    def exit_code(self) -> int:
        """The exit code of a command that has ended. After a signal it is 128 and the number of the signal."""
        status = self._group.leader.wait()
        return status if status >= 0 else 128 - status

    def terminate(self) -> None:
        """Send SIGTERM to the program."""
        self._send(os.kill, signal.SIGTERM)

    def kill(self) -> None:
        """Kill the program and the processes that it has started."""
        self._send(os.killpg, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """Wait until the command has ended and its output is in the log. Return whether it has ended in time."""
        return self._has_ended.wait(seconds)

    def _send(self, send: Callable[[int, int], None], number: int) -> None:
        # Popen.send_signal would reap the leader, and then another process could get its id.
        with suppress(ProcessLookupError):
            send(self._group.leader.pid, number)

    def _wait(self) -> None:
        reader = Thread(target=self._read, name="output of a container", daemon=True)
        reader.start()
        # The leader stays a zombie until its group is killed. So no other process can get its id.
        os.waitid(os.P_PID, self._group.leader.pid, os.WEXITED | os.WNOWAIT)
        self._group.kill()
        self._group.leader.wait()
        reader.join(_READ_SECONDS)
        self._folder.cleanup()
        self._has_ended.set()
        self._ended()

    def _read(self) -> None:
        rest = b""
        while chunk := os.read(self._output.fileno(), _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) >= LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            self._write([part for line in lines for part in _parts(line)])
        self._write([*_parts(rest)])
        self._output.close()


def _parts(line: bytes) -> Iterator[str]:
    """Yield the events of a line. Bytes that are not UTF-8 become the replacement character."""
    for start in range(0, len(line), LONGEST_LINE):
        yield line[start : start + LONGEST_LINE].decode(errors="replace")


def _error(program: str, error: OSError | ValueError) -> str:
    """Return the message of runc: https://github.com/opencontainers/runc/issues/4713."""
    if isinstance(error, PermissionError):
        return f'exec: "{program}": permission denied'
    if isinstance(error, FileNotFoundError):
        found_nothing = f"stat {program}: no such file or directory" if "/" in program else "executable file not found"
        return f'exec: "{program}": {found_nothing}' + ("" if "/" in program else " in $PATH")
    said = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
    return f"exec {program}: {said}"
