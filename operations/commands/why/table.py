"""The answer of `ops why` as text of at most 80 columns."""

import re
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from operations.commands.table import missing, notes
from operations.commands.why.answer import Why
from operations.commands.why.cause import Cause

TO_DO = "to do"
DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
LONG_COMMAND = re.compile(r"`([^`]{50,})`")
"""A command that a table would fold, so that nobody could paste it."""


def rendered(why: Why) -> list[RenderableType]:
    """Return what is wrong, the cause with its evidence, other causes, what was not read, and the long commands."""
    commands: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        commands.append(match[1])
        return f"command {len(commands)} below"

    lines = [(kind, LONG_COMMAND.sub(numbered, text) if kind == TO_DO else text) for kind, text in _lines(why)]
    shown: list[RenderableType] = [notes(lines)]
    for number, command in enumerate(commands, 1):
        # rich joins texts that follow each other, and folds them; it does not join a group
        shown += ["", f"command {number}:", Group(Text(command, no_wrap=True, overflow="ignore"))]
    return shown


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
    yield TO_DO, cause.advice
