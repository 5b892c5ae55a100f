"""A process and its descendants: find Terraform among them, and kill all of them."""

import signal
import time
from collections.abc import Collection, Iterator, Mapping, Set
from contextlib import suppress
from pathlib import Path

import psutil

FOR_CDKTF = "terraform-for-cdktf"
"""The script in this folder that runs Terraform for cdktf."""

DEATH_SECONDS = 10
POLL_SECONDS = 0.01


def interrupt(process: psutil.Process) -> None:
    """Send SIGINT to a process, unless it has ended."""
    with suppress(psutil.Error):
        process.send_signal(signal.SIGINT)


def terraforms(pid: int, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    """Yield each Terraform among a process and its descendants, even if the user has given Terraform another name."""
    given = (environment.get(name, "") for name in ("TERRAFORM", "TERRAFORM_BINARY_NAME"))
    names = {"terraform", *(Path(path).name for path in given if path)} - {FOR_CDKTF}
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            if _is_one_of(names, process):
                yield process


def _is_one_of(names: Set[str], process: psutil.Process) -> bool:
    """Return whether a process has one of the names, or is Python and runs a script with such a name.

    The Terraform from PyPI is such a script.
    """
    try:
        return _is_running(process) and any(Path(argument).name in names for argument in process.cmdline()[:2])
    except psutil.Error:
        return False


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants, and wait until they are dead.

    Descendants in another session are killed too. cdktf starts Terraform in a new session.
    """
    wait_until_dead(list(_kill(pid)))


def wait_until_dead(killed: Collection[psutil.Process]) -> None:
    """Wait until killed processes are dead or zombies, but at most ten seconds. The kernel can need a moment."""
    deadline = time.monotonic() + DEATH_SECONDS
    while any(map(_is_running, killed)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _kill(pid: int) -> Iterator[psutil.Process]:
    # A suspended parent cannot start a child after its children were listed.
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.suspend()
        for child in process.children():
            yield from _kill(child.pid)
        process.kill()
        yield process


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
