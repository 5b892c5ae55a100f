"""One run of a program: its duration, its CPU time, its memory, and the files that it writes."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import psutil

from tools import toolchain
from tools.bench.ways import Case, Way
from tools.outside import OutsideError
from tools.toolchain import processes

Files = dict[str, bytes]
"""The content of files by path."""

SAMPLE_SECONDS = 0.01


@dataclass
class Memory:
    """The peak of resident memory in bytes: of the largest process, and of all processes together.

    Pages that several processes share count for each of them.
    """

    largest: int = 0
    tree: int = 0


@dataclass(frozen=True)
class Run:
    """A run of a program. Its CPU time includes the processes that the program has started."""

    seconds: float
    cpu_seconds: float
    memory: Memory


@dataclass
class Measured:
    """The measured runs of a program."""

    runs: list[Run] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    @property
    def seconds(self) -> float:
        """The median duration."""
        return median(each.seconds for each in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """The median CPU time."""
        return median(each.cpu_seconds for each in self.runs)

    def add(self, single: Run, *, timed: bool) -> None:
        """Add a run. Either its times are measured, or its memory, or nothing."""
        if timed:
            self.runs.append(single)
        else:
            self.memory = single.memory


def run(way: Way, case: Case, *, sampled: bool = False) -> tuple[Run, Files]:
    """Run a program, and return what it needed and what it wrote.

    Args:
        way: The program.
        case: What it synthesizes.
        sampled: Whether to sample its memory, which takes CPU time.

    Raises:
        OutsideError: The program failed.
    """
    with TemporaryDirectory() as output:
        before, started, memory = _cpu_seconds(), time.perf_counter(), Memory()
        with _sampled(memory) if sampled else nullcontext():
            code, text = processes.run(
                way.command(case),
                cwd=toolchain.ROOT,
                environment=way.variables(case, Path(output)),
                on_line=lambda _: None,
            )
        single = Run(time.perf_counter() - started, _cpu_seconds() - before, memory)
        if code:
            raise OutsideError(f"{text}{way.name}: exit code {code}")
        paths = [path for path in Path(output).rglob("*") if path.is_file()]
        return single, {str(path.relative_to(output)): path.read_bytes() for path in paths}


def declared(files: Files) -> dict[str, Any]:
    """Return the synthesized stacks without cdktf's metadata, which has paths of the program's source."""
    stacks = {path: json.loads(content) for path, content in files.items() if path.endswith("cdk.tf.json")}
    return {path: _without_metadata(stack) for path, stack in stacks.items()}


def _without_metadata(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_metadata(each) for name, each in value.items() if name != "//"}
    return [_without_metadata(each) for each in value] if isinstance(value, list) else value


def _cpu_seconds() -> float:
    """Return the CPU time of all processes that this process has waited for, with their own such processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _sampled(memory: Memory) -> Iterator[None]:
    """Sample the memory of all descendants of this process."""
    ended, this = Event(), psutil.Process()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            resident = []
            for process in this.children(recursive=True):
                with suppress(psutil.Error):
                    resident.append(process.memory_info().rss)
            memory.largest = max([memory.largest, *resident])
            memory.tree = max(memory.tree, sum(resident))

    thread = Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
