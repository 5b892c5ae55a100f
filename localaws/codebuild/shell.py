"""A real shell for the commands of a build. The processes of the shell end when the build or the local AWS ends."""

import shlex
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from localaws.processes.group import ProcessGroup

# The shell reads the paths of scripts from standard input and writes the exit status of each script to standard
# output. A script has an empty standard input. The output of a script and the errors of the shell go to the log.
_SERVE = 'while IFS= read -r script; do . "$script" </dev/null >&2; echo "$?"; done'


class TimedOutError(Exception):
    """The build timed out. Its processes were killed."""


class Shell:
    """A shell for several commands. The commands share variables, functions and the working directory.

    If a command ends the shell, such as `exit` or a syntax error, the next command runs in a new shell.
    """

    def __init__(self, program: str, *, folder: Path, start_in: Path, environment: dict[str, str], log: Path) -> None:
        self._program = program
        self._folder = folder
        self._start_in = start_in
        self._environment = environment
        self._log = log
        self._timed_out = False
        self._lock = threading.Lock()
        """The lock for starting and killing the shell. At a timeout, another thread kills the shell."""
        self._begin()

    def run(self, command: str) -> int:
        """Run a command and return its exit status. The output goes to the log.

        Raises:
            TimedOutError: The build timed out.
        """
        if self._timed_out:
            raise TimedOutError
        script = self._folder / "script.sh"
        script.write_text(f"{command}\n")
        shell = self._group.leader
        assert shell.stdin and shell.stdout  # noqa: PT018, S101 - tells mypy that these are pipes
        try:
            shell.stdin.write(f"{script}\n".encode())
            shell.stdin.flush()
            answer = shell.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if answer:
            return int(answer)
        status = shell.wait()
        self.restart()
        return status if status >= 0 else 128 - status

    def set(self, name: str, value: str) -> None:
        """Set an environment variable for all following commands, also for commands in a new shell."""
        self._environment = self._environment | {name: value}
        self.run(f"export {name}={shlex.quote(value)}")

    def restart(self) -> None:
        """Start a new shell without the variables and functions of earlier commands."""
        self.end()
        self._begin()

    def time_out(self) -> None:
        """Kill the shell from another thread. From now on, `run` raises `TimedOutError`."""
        with self._lock:
            self._timed_out = True
            self._group.kill()

    def end(self) -> None:
        """Kill the process group of the shell. After that, no process of the group writes into the folder."""
        with self._lock:
            self._group.kill()
        shell = self._group.leader
        assert shell.stdin and shell.stdout  # noqa: PT018, S101 - tells mypy that these are pipes
        with suppress(BrokenPipeError):
            shell.stdin.close()
        shell.stdout.close()
        shell.wait()

    def _begin(self) -> None:
        with self._lock:
            if self._timed_out:
                raise TimedOutError
            with self._log.open("ab") as log:
                self._group = ProcessGroup(
                    [self._program, "-c", _SERVE],
                    folder=self._folder,
                    start_in=self._start_in,
                    environment=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
