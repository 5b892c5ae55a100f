"""Commands that end with all their descendants when this program is interrupted.

If a command ends by itself, its children keep running. If SIGKILL ends this program, the command keeps running and
keeps the lock of lock.py.
"""

import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import psutil

from tools.toolchain import signals
from tools.toolchain.process_tree import interrupt, kill_tree, terraforms

OnLine = Callable[[str], object]
PATIENCE_SECONDS = 10
POLL_SECONDS = 0.01
LOOK_SECONDS = 0.1
LAST_WORDS_SECONDS = 1
"""Seconds for which a command may run after its Terraform has ended, to print the last lines of Terraform."""

ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_])")
"""Escape sequences for a terminal's cursor and colors: https://en.wikipedia.org/wiki/ANSI_escape_code"""


def run(command: list[str], *, cwd: Path, environment: Mapping[str, str], on_line: OnLine) -> tuple[int, str]:
    """Run a command, and return its exit code and its output.

    If an exception such as KeyboardInterrupt is raised, the command and its descendants are ended before the exception
    leaves this function. Terraform gets ten seconds to end by itself, because a killed Terraform leaves its lock in S3.
    A second Ctrl-C has no effect during this time.

    Args:
        command: The program and its arguments.
        cwd: The working folder.
        environment: All environment variables of the command.
        on_line: Called with each line of standard output and standard error as it is printed.
    """
    with started(command, cwd=cwd, environment=environment) as process:
        return result(process, on_line)


def run_together(
    command: list[str], *, folders: Sequence[Path], environment: Mapping[str, str]
) -> list[tuple[int, str]]:
    """Run the same command in several folders at the same time. Return the exit code and the output for each folder.

    If an exception is raised, all these commands are ended as in `run`. All of them are started in the thread of the
    caller, because Python delivers signals only to the main thread.
    """
    with ThreadPoolExecutor(max_workers=2 * len(folders) or 1) as threads, ExitStack() as stack:
        running = [stack.enter_context(started(command, cwd=each, environment=environment)) for each in folders]
        try:
            return list(threads.map(result, running))
        except BaseException:
            list(threads.map(lambda process: _end_terraform(process.pid, environment), running))
            raise


@contextmanager
def started(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Start a command, and yield it. The block must wait for its end with `result`.

    If an exception leaves the block, the command is ended as in `run`.
    """
    with _temporary_folder(environment) as own, signals.deferred() as deferred:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            close_fds=False,  # the command inherits the lock file of lock.py, the only inheritable file
            start_new_session=True,  # Ctrl-C reaches this process only, which then ends the command
        )
        try:
            deferred.release()
            yield process
        except BaseException:
            _end_terraform(process.pid, own)
            raise
        finally:
            deferred.holds = True
            if process.returncode is None:  # the id of an ended process may belong to another process
                kill_tree(process.pid)
                process.wait()


def result(process: "subprocess.Popen[str]", on_line: OnLine = lambda _: None) -> tuple[int, str]:
    """Wait for the end of a command that was started, and return its exit code and its output."""
    lines: list[str] = []
    assert process.stdout  # noqa: S101 - tells mypy that this is a pipe
    for raw in process.stdout:
        line = ESCAPE.sub("", raw)
        lines.append(line)
        on_line(line.rstrip("\n"))
    return process.wait(), "".join(lines)


def run_in_foreground(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> int:
    """Run a command on this process's own input and output, and return its exit code.

    A signal makes each Terraform save its state and end, however long that takes. A second SIGINT makes Terraform end
    at once. When no Terraform is left, the command and its descendants are killed, so that they cannot start Terraform
    again.

    Raises:
        KeyboardInterrupt: A signal arrived. The exit code of the command does not matter.
    """
    arrived: SimpleQueue[int] = SimpleQueue()
    with (
        _temporary_folder(environment) as own,
        signals.handled_by(arrived.put),
        subprocess.Popen(command, cwd=cwd, env=own, start_new_session=True, close_fds=False) as process,
    ):
        interrupted, told, last_seen = False, set[psutil.Process](), 0.0
        while process.poll() is None:
            with suppress(Empty):
                number = arrived.get(timeout=LOOK_SECONDS if interrupted else POLL_SECONDS)
                told = set() if number == signal.SIGINT else told
                last_seen, interrupted = time.monotonic(), True
            if interrupted:
                running = set(terraforms(process.pid, own))
                for terraform in running - told:
                    interrupt(terraform)
                told |= running
                last_seen = time.monotonic() if running else last_seen
                if time.monotonic() - last_seen > LAST_WORDS_SECONDS:
                    kill_tree(process.pid)
        if interrupted:
            raise KeyboardInterrupt
        return process.returncode


@contextmanager
def _temporary_folder(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the environment with a new folder for temporary files, and remove the folder at the end.

    A killed process does not remove its temporary files, and those of jsii are large.
    """
    where = environment.get("TMPDIR") or None
    with tempfile.TemporaryDirectory(dir=where, ignore_cleanup_errors=True) as folder:
        yield {**environment, "TMPDIR": folder}


def _end_terraform(pid: int, environment: Mapping[str, str]) -> None:
    found = list(terraforms(pid, environment))
    for process in found:
        interrupt(process)
    psutil.wait_procs(found, timeout=PATIENCE_SECONDS)
