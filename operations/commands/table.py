"""Tables of at most 80 columns, for a terminal and for a file."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from operations.command import CONSOLE
from operations.commands.answer import NotRead
from operations.commands.printable import printable

COLUMNS = 80
NARROWEST = 60
"""The width of a table at a narrower terminal, which then folds the lines. rich would leave out columns."""
TIME = "time (UTC)"
"""The title of a column of times. The cells of a column whose title has `(UTC)` are not folded."""
UNUSUAL = Text("unusual", style="yellow")
"""The kind of a note about something that needs attention."""


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    """Return a table whose long cells are folded."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for title in titles:
        made.add_column(title, overflow="fold", no_wrap="(UTC)" in title)
    for row in rows:
        made.add_row(*map(plain, row))
    return made


def notes(lines: Iterable[tuple[str | Text, str]]) -> Table:
    """Return lines below a table, each with its kind, such as `unusual`. Long words, such as ARNs, are folded."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for kind, line in lines:
        made.add_row(kind if isinstance(kind, Text) else plain(kind), plain(line))
    return made


def plain(cell: str) -> Text:
    """Return the text of a cell as it is. rich would read `[error]` as markup, and `:secret:` as an emoji."""
    return Text("\n".join(map(printable, cell.split("\n"))))


def with_notes(of: Table, lines: Iterable[tuple[str | Text, str]]) -> list[RenderableType]:
    """Return a table, and the notes below it if there are any."""
    below = [*lines]
    return [of, "", notes(below)] if below else [of]


def missing(parts: Iterable[NotRead]) -> list[tuple[str, str]]:
    """Return the notes about the parts that are missing."""
    return [("not read", f"{each.part}: {each.reason}") for each in parts]


def text(*renderables: RenderableType, console: Console = CONSOLE) -> str:
    """Return tables and texts as text, without the spaces with which rich fills each line."""
    if console.width < NARROWEST:
        console.width = NARROWEST  # rich prints nothing that is wider than its console
    with console.capture() as captured:
        console.print(*renderables, sep="\n", width=min(console.width, COLUMNS), highlight=False, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def write(*renderables: RenderableType, console: Console = CONSOLE) -> None:
    """Write tables and texts to standard output."""
    sys.stdout.write(text(*renderables, console=console))


def time(of: datetime | None) -> str:
    """Return a time in UTC for a cell. Return an empty text if the time is not known."""
    return f"{of.astimezone(UTC):%Y-%m-%d %H:%M}" if of else ""


def short(digest: str) -> str:
    """Return the first characters of a digest, for a cell."""
    return digest.removeprefix("sha256:")[:12]


def short_id(of: str) -> str:
    """Return the first characters of the id of a task or an execution, for a cell."""
    return of[:8]
