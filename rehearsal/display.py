"""The output of a rehearsal: its progress, and a table at the end."""

import time
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from rehearsal.steps import Step
from rehearsal.system import CheckError
from tools.outside import OutsideError
from tools.toolchain import program
from tools.toolchain.progress import Progress

EXPECTED: tuple[type[Exception], ...] = (*program.OUTSIDE, CheckError, ClientError, BotoCoreError)
"""The errors with which a step can fail."""


LONGEST = 4
"""The number of steps that the last line names."""


class RehearsalError(OutsideError):
    """A step failed. The message and its notes are complete without a traceback."""


class Display:
    """One line per step, a bar per stack while the step runs, and a table at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen: list[tuple[str, str, float]] = []
        self._bars: dict[str, TaskID] = {}
        self._progress = self._new_bars()

    def run(self, steps: Iterable[Step]) -> None:
        """Run the steps in order.

        Raises:
            RehearsalError: A step failed. The steps after it did not run.
        """
        for step in steps:
            start = time.monotonic()
            self._console.print(f"[dim]…[/] {step.title}")
            try:
                with self._new_bars() as self._progress:
                    self._bars = {}
                    self._progress.add_task(step.title, total=None)
                    seen = step.run()
            except EXPECTED as error:
                raise RehearsalError(f"{step.title}: {program.message(error)}") from error
            seconds = time.monotonic() - start
            self._seen.append((step.title, seen, seconds))
            self._console.print(f"[green]✓[/] {step.title}: {escape(seen)} [dim]({seconds:.0f} s)[/]", soft_wrap=True)

    def show(self, progress: Progress) -> None:
        """Update the bar of a stack."""
        if progress.stack not in self._bars:
            self._bars[progress.stack] = self._progress.add_task(progress.stack, total=None)
        self._progress.update(self._bars[progress.stack], total=progress.planned or None, completed=progress.done)

    def table(self) -> None:
        """Show what each step saw, its duration, and where most of the time went."""
        table = Table("step", "seen", "seconds", title="Rehearsed")
        table.columns[2].justify = "right"
        for title, seen, seconds in self._seen:
            table.add_row(title, escape(seen), f"{seconds:.0f}")
        self._console.print(table)
        minutes, seconds = divmod(round(sum(seconds for *_, seconds in self._seen)), 60)
        longest = sorted(self._seen, key=lambda seen: seen[2], reverse=True)[:LONGEST]
        self._console.print(
            f"[green]✓[/] all {len(self._seen)} steps succeeded, in {minutes} min {seconds} s; the longest: "
            + ", ".join(f"{title} {seconds:.0f} s" for title, _, seconds in longest),
            highlight=False,
            soft_wrap=True,
        )

    def _new_bars(self) -> Bars:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Bars(
            *columns, TimeElapsedColumn(), console=self._console, transient=True, disable=not self._console.is_terminal
        )
