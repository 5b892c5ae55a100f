"""A command that leaves no process behind, however it ends."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

OnLine = Callable[[str], object]


def run(command: list[str], *, cwd: Path, environment: Mapping[str, str], on_line: OnLine) -> tuple[int, str]:
    """Run to the end, hand over each line of output (stdout and stderr together) as it comes; exit code and output.

    An exception, such as that of Ctrl-C, kills the command with all that it started before it goes on.
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
        yield process
    finally:
        kill_tree(process.pid)
        process.wait()


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants, those too that moved to a session of their own, as cdktf's Terraform does."""
    # Stopped first, the parent can start no child that the list of children does not show.
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.suspend()
        for child in process.children():
            kill_tree(child.pid)
        process.kill()
