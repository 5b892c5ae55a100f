"""A command that ends with all that it started when this program is interrupted, however often.

Only what is still a descendant is found: not what lives on in the background when its parent has ended by itself. And
SIGKILL of this program leaves the command running, with the lock of lock.py.
"""

import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import psutil

from tools.toolchain import signals

OnLine = Callable[[str], object]
FOR_CDKTF = "terraform-for-cdktf"
PATIENCE_SECONDS = 10
POLL_SECONDS = 0.01
LOOK_SECONDS = 0.1
LAST_WORDS_SECONDS = 1
"""How long a command may go on to show what its Terraform has said at its end."""

ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_])")
"""What moves a terminal's cursor, or colors its text: https://en.wikipedia.org/wiki/ANSI_escape_code"""


def run(command: list[str], *, cwd: Path, environment: Mapping[str, str], on_line: OnLine) -> tuple[int, str]:
    """Run to the end, hand over each line of output (stdout and stderr together) as it comes; exit code and output.

    An exception, such as that of Ctrl-C, ends the command with its descendants before it goes on. Terraform has ten
    seconds for it: a lock in S3 outlives a Terraform that is killed. Another Ctrl-C waits until then.
    """
    lines: list[str] = []
    with _whole_tree(command, cwd=cwd, environment=environment) as process:
        assert process.stdout  # noqa: S101 - tells mypy that this is a pipe
        for raw in process.stdout:
            line = ESCAPE.sub("", raw)
            lines.append(line)
            on_line(line.rstrip("\n"))
        code = process.wait()
    return code, "".join(lines)


@contextmanager
def _whole_tree(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with _temporary_folder(environment) as own, signals.held() as held:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            close_fds=False,  # of this project's files only lock.py's is inherited
            start_new_session=True,  # Ctrl-C is for this process, which then ends the command and its children
        )
        try:
            held.let_through()
            yield process
        except BaseException:
            _end_terraform(process.pid, own)
            raise
        finally:
            held.holds = True
            if process.returncode is None:  # else its id may be another's by now
                kill_tree(process.pid)
                process.wait()


def hand_over(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> int:
    """Run to the end on this process's own input and output; its exit code.

    At a signal each Terraform is told to save its state and to end, and is waited for: as long as it takes, but at the
    next SIGINT it ends at once. Then the command is killed with all that it started, lest it start another.

    Raises:
        KeyboardInterrupt: A signal arrived, however the command ended then.
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
                running = set(_terraforms(process.pid, own))
                for terraform in running - told:
                    _interrupt(terraform)
                told |= running
                last_seen = time.monotonic() if running else last_seen
                if time.monotonic() - last_seen > LAST_WORDS_SECONDS:
                    kill_tree(process.pid)
        if interrupted:
            raise KeyboardInterrupt
        return process.returncode


@contextmanager
def _temporary_folder(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the environment with its own folder for temporary files, and remove that in the end.

    A process that is killed leaves its files behind, and jsii's are large.
    """
    where = environment.get("TMPDIR") or None
    with tempfile.TemporaryDirectory(dir=where, ignore_cleanup_errors=True) as folder:
        yield {**environment, "TMPDIR": folder}


def _end_terraform(pid: int, environment: Mapping[str, str]) -> None:
    found = list(_terraforms(pid, environment))
    for process in found:
        _interrupt(process)
    psutil.wait_procs(found, timeout=PATIENCE_SECONDS)


def _interrupt(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.send_signal(signal.SIGINT)


def _terraforms(pid: int, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    """Yield each Terraform that runs among a process and its descendants, also by the name that the user gave it."""
    given = (environment.get(name, "") for name in ("TERRAFORM", "TERRAFORM_BINARY_NAME"))
    names = {"terraform", *(Path(path).name for path in given if path)} - {FOR_CDKTF}
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            if _is_one_of(names, process):
                yield process


def _is_one_of(names: Set[str], process: psutil.Process) -> bool:
    """Whether it has such a name, or is Python with a program of that name, as the Terraform from PyPI is."""
    try:
        return _lives(process) and any(Path(argument).name in names for argument in process.cmdline()[:2])
    except psutil.Error:
        return False


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants, those too that moved to a session of their own, as cdktf's Terraform does.

    They are dead when it returns, and write nothing any more; who is not reaped yet is a zombie.
    """
    wait_until_dead(list(_kill(pid)))


def wait_until_dead(killed: Collection[psutil.Process]) -> None:
    """Wait for the end of processes that were killed: the kernel takes a while for it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(map(_lives, killed)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _kill(pid: int) -> Iterator[psutil.Process]:
    # Stopped first, the parent can start no child that the list of children does not show.
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.suspend()
        for child in process.children():
            yield from _kill(child.pid)
        process.kill()
        yield process


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
