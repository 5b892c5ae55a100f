"""A command that ends with all that it started when this program is interrupted, however often.

Only what is still a descendant is found: not what lives on in the background when its parent has ended by itself. And
whoever kills this program (SIGKILL, or SIGTERM where that has no handler) leaves the command running.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import current_thread, main_thread

import psutil

OnLine = Callable[[str], object]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE_SECONDS = 10
POLL_SECONDS = 0.01


def run(command: list[str], *, cwd: Path, environment: Mapping[str, str], on_line: OnLine) -> tuple[int, str]:
    """Run to the end, hand over each line of output (stdout and stderr together) as it comes; exit code and output.

    An exception, such as that of Ctrl-C, ends the command with its descendants before it goes on. Terraform has ten
    seconds for it: a lock in S3 outlives a Terraform that is killed. Another Ctrl-C waits until then.
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
    with _signals() as signals:
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
            signals.let_through()
            yield process
        except BaseException:
            _end_terraform(process.pid)
            raise
        finally:
            signals.held = True
            if process.returncode is None:  # else its id may be another's by now
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


class _Signals:
    """SIGINT and SIGTERM are held while a command starts and while it is ended, lest it be left behind.

    In between the first to interrupt goes through, and then they are held again: no second one gets in before the end.
    """

    def __init__(self) -> None:
        self.held = True
        self._arrived: list[int] = []
        self._handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def arrive(self, number: int) -> None:
        handler = self._handlers[signal.Signals(number)]
        if self.held:
            self._arrived.append(number)
        elif callable(handler):
            self.held = True
            handler(number, None)
            self.held = False
        elif handler == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def let_through(self) -> None:
        self.held = False
        while self._arrived:
            self.arrive(self._arrived.pop(0))

    def raise_held(self) -> None:
        """To be called when the handlers are back in place."""
        for number in self._arrived:
            signal.raise_signal(number)


@contextmanager
def _signals() -> Iterator[_Signals]:
    signals = _Signals()
    try:
        with _on_signals(signals.arrive):
            yield signals
    finally:
        signals.raise_held()


@contextmanager
def _on_signals(do: Callable[[int], object]) -> Iterator[None]:
    """In the block, SIGINT and SIGTERM do this, and nothing else; they interrupt no thread but the main one."""
    numbers = SIGNALS if current_thread() is main_thread() else ()
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
