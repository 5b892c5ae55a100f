"""The answer of `ops why` as text of at most 80 columns."""

import re
from collections.abc import Iterator

from rich.console import RenderableType

from operations.commands.table import missing, notes
from operations.commands.why.answer import Why
from operations.commands.why.cause import Cause

DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def rendered(why: Why) -> list[RenderableType]:
    """Return what is wrong, the cause with its evidence, other causes, and what was not read."""
    return [notes(_lines(why))]


def _lines(why: Why) -> Iterator[tuple[str, str]]:
    yield why.verdict, why.text
    if why.cause:
        yield from _cause("cause", why.cause)
    elif why.verdict in ("not healthy", "failed"):
        yield "cause", "unknown: the evidence does not say why"
    for other in why.other_causes:
        yield from _cause("or", other)
    yield from (("changed", DIGEST.sub(r"\1…", line)) for line in why.changes)
    yield from (("note", line) for line in why.notes)
    yield from missing(why.not_read)


def _cause(title: str, cause: Cause) -> Iterator[tuple[str, str]]:
    yield title, f"{cause.text} ({cause.certainty})"
    yield from (("evidence", line) for line in cause.evidence)
    yield "to do", cause.advice
