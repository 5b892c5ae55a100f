"""What `ops why` says, for other commands, after a deployment that has failed."""

from collections.abc import Iterator

from rich.console import RenderableType

from operations.command import ERRORS
from operations.commands.reading import Reading
from operations.commands.why import table, why
from operations.commands.why.answer import Why


def read(reading: Reading) -> Why:
    """Read what is wrong in the environment, and its causes."""
    with ERRORS.status("looking for the cause"):
        return why.read(reading.again())


def rendered(problem: str, found: Why) -> Iterator[RenderableType]:
    """Yield the problem, and what `ops why` prints."""
    yield f"✗ {problem}"
    yield ""
    yield from table.rendered(found)
