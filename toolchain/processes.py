"""A command that leaves no process behind, however it ends."""

import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import current_thread, main_thread

import psutil

OnLine = Callable[[str], object]
PATIENCE_SECONDS = 10
POLL_SECONDS = 0.01


def run(command: list[str], *, cwd: Path, environment: Mapping[str, str], on_line: OnLine) -> tuple[int, str]:
    """Run to the end, hand over each line of output (stdout and stderr together) as it comes; exit code and output.

    An exception, such as that of Ctrl-C, ends the command with all that it started before it goes on. Terraform has ten
    seconds for it: a lock in S3 outlives a Terraform that is killed.
    """
    lines: list[str] = []
    with _whole_tree(command, cwd=cwd, environment=environment) as process:
        assert process.stdout  # noqa: S101 - tells mypy that this is a pipe
        for line in process.stdout:
            lines.append(line)
            on_line(line.rstrip("\n"))
        code = process.wait()
    return code, "".join(lines)


@contextmanager
def _whole_tree(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    signals: list[int] = []
    with ExitStack() as starting:
        # An interruption while the command starts would leave it behind: nobody knows its process yet.
        starting.enter_context(_on_signals(signals.append))
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is for this process, which then ends the command and its children
        )
        try:
            starting.close()
            for number in signals:
                signal.raise_signal(number)
            yield process
        except BaseException:
            _end_terraform(process.pid)
            raise
        finally:
            kill_tree(process.pid)
            process.wait()


def hand_over(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> int:
    """Run to the end on this process's own input and output, handing it SIGINT and SIGTERM; its exit code."""
    signals: SimpleQueue[int] = SimpleQueue()
    with (
        _on_signals(signals.put),
        subprocess.Popen(command, cwd=cwd, env=environment, start_new_session=True) as process,
    ):
        while process.poll() is None:
            with suppress(Empty):
                signals.get(timeout=POLL_SECONDS)
                process.send_signal(signal.SIGINT)
        return process.returncode


@contextmanager
def _on_signals(do: Callable[[int], object]) -> Iterator[None]:
    """In the block, SIGINT and SIGTERM do this, and nothing else; they interrupt no thread but the main one."""
    numbers = (signal.SIGINT, signal.SIGTERM) if current_thread() is main_thread() else ()
    handlers = {number: signal.signal(number, lambda number, _: do(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _end_terraform(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        found = [process for process in (parent, *parent.children(recursive=True)) if _is_terraform(process)]
        for process in found:
            process.send_signal(signal.SIGINT)
        psutil.wait_procs(found, timeout=PATIENCE_SECONDS)


def _is_terraform(process: psutil.Process) -> bool:
    """Whether it is Terraform, or Python with the Terraform from PyPI."""
    try:
        return any(Path(argument).name == "terraform" for argument in process.cmdline()[:2])
    except psutil.NoSuchProcess:
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
