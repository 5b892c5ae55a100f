"""The shell of a build: a real one, in a process group that ends with the build, or with the local AWS."""

import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tools.toolchain.processes import wait_until_dead

# Takes the paths of scripts from its input, and answers each with an exit status. A script sees neither: it reads
# nothing, and what it writes goes to the log, where the shell's own standard error goes.
_SERVE = 'while IFS= read -r script; do . "$script" </dev/null >&2; echo "$?"; done'

# Holds one end of a pipe. When the other end is closed the group is killed; when it closed because the local AWS itself
# was killed, nobody else is left to remove the folder.
_KEEP = 'IFS= read -r done; orphaned=$?; kill -s KILL -- "-$1"; [ "$orphaned" = 0 ] || rm -rf -- "$2"'


class TimedOutError(Exception):
    """The time of the build was up; whatever it had started is killed."""


class Shell:
    """A shell that runs one command after the other, each with what the ones before it have set, `cd` included.

    A command that ends the shell (`exit`, or a syntax error) takes what was set with it: the next gets a fresh shell.
    """

    def __init__(self, program: str, *, folder: Path, start_in: Path, environment: dict[str, str], log: Path) -> None:
        self._program = program
        self._folder = folder
        self._start_in = start_in
        self._environment = environment
        self._log = log
        self._timed_out = False
        self._lock = threading.Lock()  # a timer may kill what the build's own thread is about to start
        self._begin()

    def run(self, command: str) -> int:
        """Run a command and give its exit status; its output goes to the log."""
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
        self.renew()
        return status if status >= 0 else 128 - status

    def set(self, name: str, value: str) -> None:
        """Set an environment variable for the commands to come, in a fresh shell too."""
        self._environment = self._environment | {name: value}
        self.run(f"export {name}={shlex.quote(value)}")

    def renew(self) -> None:
        """Forget all that the commands have set."""
        self.end()
        self._begin()

    def time_out(self) -> None:
        """Kill what runs, from another thread: `run` raises `TimedOutError` there, now and ever after."""
        with self._lock:
            self._timed_out = True
            self._kill()

    def end(self) -> None:
        """Kill the shell's process group: none of it writes into the folder any more when this returns."""
        with self._lock:
            self._kill()
        assert self._shell.stdin and self._shell.stdout  # noqa: PT018, S101 - tells mypy that these are pipes
        with suppress(BrokenPipeError):
            self._shell.stdin.close()
        self._shell.stdout.close()
        self._shell.wait()

    def _kill(self) -> None:
        if self._keeper.returncode is None:
            self._keeper.communicate(b"done\n")
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
            self._keeper = subprocess.Popen(
                ["sh", "-c", _KEEP, "keeper", str(self._shell.pid), str(self._folder)],
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
