"""The progress of uploads: bars in a terminal, and lines in a log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from operations import command

PAUSE_SECONDS = 10.0
"""The time between two lines in a log."""

Done = Callable[[int], None]
"""A function that is called with the number of bytes of each part that is done."""


@dataclass(frozen=True)
class Progress:
    """The progress of one transfer after the other."""

    console: Console

    def report(self, text: str) -> None:
        """Print a line."""
        command.report(text, console=self.console)

    @contextmanager
    def transfer(self, title: str, size_bytes: int) -> Iterator[Done]:
        """Show the progress of one transfer while the block runs."""
        self.report(f"{title}, {decimal(size_bytes)}")
        with (self._bar if self.console.is_terminal else self._lines)(title, size_bytes) as done:
            yield done

    @contextmanager
    def _bar(self, _: str, size_bytes: int) -> Iterator[Done]:
        columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
        with Bars(*columns, console=self.console, transient=True) as bars:
            task = bars.add_task("", total=size_bytes)
            yield lambda part_bytes: bars.advance(task, part_bytes)

    @contextmanager
    def _lines(self, title: str, size_bytes: int) -> Iterator[Done]:
        """Print a line every ten seconds, also while a slow part is being transferred."""
        parts: list[int] = []
        ended = Event()

        def tell() -> None:
            while not ended.wait(PAUSE_SECONDS):
                self.report(f"{title}: {decimal(sum(parts))} of {decimal(size_bytes)}")

        thread = Thread(target=tell, daemon=True)
        thread.start()
        try:
            yield parts.append
        finally:
            ended.set()
            thread.join()
