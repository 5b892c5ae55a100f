"""A real shell for the commands of a build. The processes of the shell end when the build or the local AWS ends."""

import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tools.toolchain.process_tree import wait_until_dead

# The shell reads the paths of scripts from standard input and writes the exit status of each script to standard
# output. A script has an empty standard input. The output of a script and the errors of the shell go to the log.
_SERVE = 'while IFS= read -r script; do . "$script" </dev/null >&2; echo "$?"; done'

# The watchdog is a process that reads from a pipe. The local AWS writes a line to the pipe when the shell must end, and
# the watchdog then kills the process group of the shell. If the local AWS is killed, the pipe closes without a line.
# The watchdog then kills the process group, too, and removes the folder of the build.
_WATCHDOG = 'IFS= read -r done; orphaned=$?; kill -s KILL -- "-$1"; [ "$orphaned" = 0 ] || rm -rf -- "$2"'


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
        assert self._shell.stdin and self._shell.stdout  # noqa: PT018, S101 - tells mypy that these are pipes
        try:
            self._shell.stdin.write(f"{script}\n")
            self._shell.stdin.flush()
            answer = self._shell.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if answer:
            return int(answer)
        status = self._shell.wait()
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
            self._kill()

    def end(self) -> None:
        """Kill the process group of the shell. After that, no process of the group writes into the folder."""
        with self._lock:
            self._kill()
        assert self._shell.stdin and self._shell.stdout  # noqa: PT018, S101 - tells mypy that these are pipes
        with suppress(BrokenPipeError):
            self._shell.stdin.close()
        self._shell.stdout.close()
        self._shell.wait()

    def _kill(self) -> None:
        if self._watchdog.returncode is None:
            self._watchdog.communicate(b"done\n")
            wait_until_dead(list(_group(self._shell.pid)))

    def _begin(self) -> None:
        with self._lock:
            if self._timed_out:
                raise TimedOutError
            with self._log.open("ab") as log:
                self._shell = subprocess.Popen(
                    [self._program, "-c", _SERVE],
                    cwd=self._start_in,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    process_group=0,
                )
            self._watchdog = subprocess.Popen(
                ["sh", "-c", _WATCHDOG, "watchdog", str(self._shell.pid), str(self._folder)],
                env={"PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )


def _group(leader: int) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == leader:
                yield process
