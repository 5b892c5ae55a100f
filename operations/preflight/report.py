"""The output: the findings as lines of at most 80 columns, and their number."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from operations import command
from operations.preflight.finding import Finding, Kind

COLUMNS = 80
STYLES = {Kind.OK: "green", Kind.WARNING: "yellow", Kind.PROBLEM: "bold red", Kind.NOT_CHECKED: "dim"}
NARROWEST = 40
"""The width of the lines at a narrower terminal, which then folds them."""
INDENT = max(len(kind.value) for kind in Kind) + 2


def show(console: Console, heading: str, findings: Iterable[Finding]) -> None:
    """Print the heading and the findings."""
    command.report(heading, console=console)
    for line in rendered(findings, console.width):
        console.print(line, soft_wrap=True)


def rendered(findings: Iterable[Finding], columns: int) -> Iterator[Text]:
    """Yield the lines of findings, of at most 80 columns. On a terminal, the kind of each finding has a color."""
    for finding in findings:
        first, *others = lines(finding, min(max(columns, NARROWEST), COLUMNS))
        line = Text(first, no_wrap=True, overflow="ignore")
        line.stylize(STYLES[finding.kind], 0, len(finding.kind.value))
        yield line
        yield from (Text(each, no_wrap=True, overflow="ignore") for each in others)


def lines(finding: Finding, columns: int = COLUMNS) -> list[str]:
    """Return the lines of a finding: its kind, what was found, and what to do.

    A word that is longer than a line, such as a digest, is not divided, so that it can be copied.
    """
    width = columns - INDENT
    found = _wrapped(f"{finding.place}: {finding.text}", width, first="", others="")
    advice = _wrapped(finding.advice, width, first="-> ", others="   ") if finding.advice else []
    first, *others = [*found, *advice]
    return [f"{finding.kind.value:<{INDENT}}{first}", *(f"{'':<{INDENT}}{line}" for line in others)]


def summary(findings: Sequence[Finding]) -> str:
    """Return how many findings of each kind there are, the most severe first."""
    counted = Counter(finding.kind for finding in findings)
    words = {
        Kind.PROBLEM: ("problem", "problems"),
        Kind.WARNING: ("warning", "warnings"),
        Kind.NOT_CHECKED: ("not checked", "not checked"),
        Kind.OK: ("ok", "ok"),
    }
    return ", ".join(f"{counted[kind]} {words[kind][counted[kind] != 1]}" for kind in words if counted[kind])


def _wrapped(text: str, width: int, *, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
