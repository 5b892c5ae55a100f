"""Progress of a deployment, read from the lines that cdktf prints."""

import re
from collections.abc import Callable
from dataclasses import dataclass

PLAN = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")
DONE = re.compile(r": (Creation|Modifications|Destruction) complete after")


@dataclass(frozen=True)
class Progress:
    """How many resources of a stack are done, and how many are planned."""

    stack: str
    done: int
    planned: int


class ProgressLines:
    """A reader of the lines that cdktf prints. A line begins with the name of a stack, or continues the previous line.

    Args:
        report: Called with the progress of a stack whenever the progress changes.
    """

    def __init__(self, report: Callable[[Progress], None]) -> None:
        self._report = report
        self._stack = ""
        self._stacks: dict[str, Progress] = {}

    @property
    def total(self) -> int:
        """The number of resources that are done, in all stacks."""
        return sum(stack.done for stack in self._stacks.values())

    def read(self, line: str) -> None:
        """Read one line, and report the progress that it shows."""
        if line[:1].strip():
            self._stack = line.split(maxsplit=1)[0]
        last = self._stacks.get(self._stack, Progress(self._stack, 0, 0))
        if plan := PLAN.search(line):
            self._set(Progress(self._stack, 0, sum(map(int, plan.groups()))))
        elif DONE.search(line):
            self._set(Progress(self._stack, last.done + 1, last.planned))

    def _set(self, progress: Progress) -> None:
        self._stacks[self._stack] = progress
        self._report(progress)
