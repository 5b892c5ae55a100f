"""The changes of an environment as Markdown, for a pull request's comment and a job's summary."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from operations.diff.plan import Attribute, Change

LIMIT = 60_000
"""Characters of a summary: GitHub takes 65,536 in a comment.

https://docs.github.com/en/rest/issues/comments
"""

VERBS = ["move", "import", "add", "change", "replace", "destroy", "forget"]
"""Those that matter most come last."""

FENCE = "```"


@dataclass(frozen=True)
class StackChanges:
    """What a deployment would change in one stack, or why that cannot be said."""

    stack: str
    changes: list[Change] = field(default_factory=list)
    waits_for: list[str] = field(default_factory=list)
    """The stacks that must be deployed first, for what it reads of them is not there yet, or will be another."""
    error: str = ""

    @property
    def in_words(self) -> str:
        if self.error:
            return "cannot be planned"
        if self.waits_for:
            return f"waits for {', '.join(self.waits_for)}"
        return in_words(self.changes)


def in_words(changes: Sequence[Change]) -> str:
    """How many changes there are of each kind."""
    counted = Counter(change.verb for change in changes)
    return ", ".join(f"{counted[verb]} to {verb}" for verb in VERBS if counted[verb]) or "no changes"


def marker(environment: str) -> str:
    """The first line of a summary, which no reader sees and by which a comment is found again."""
    return f"<!-- changes: {environment} -->"


def markdown(environment: str, stacks: Sequence[StackChanges]) -> str:
    """The summary, whole, with what would lose data or needs care on top."""
    lines = [marker(environment), f"## {environment}: {_headline(stacks)}", "", *_losses(stacks), *_cautions(stacks)]
    told: dict[str, str] = {}
    for stack in stacks:
        same = told.get(stack.error)
        body = [f"As {same}.", ""] if stack.error and same else _body(stack)
        lines += [f"### {stack.stack}: {stack.in_words}", "", *body]
        told.setdefault(stack.error, stack.stack)
    return "\n".join(lines)


def failed(environment: str, error: str) -> str:
    """The summary of a diff that did not get as far as the stacks."""
    return "\n".join([marker(environment), f"## {environment}: cannot be planned", "", *_block(error)])


def fit(text: str) -> str:
    """The summary, cut to 60,000 characters, with a sentence that says so.

    It is cut at the end of a line, so that no code span is left open, and within an error anywhere: that may be a line
    that does not fit alone.
    """
    if len(text) <= LIMIT:
        return text
    ending = "\n\nThere is more than fits here: the job's own output has it whole.\n"
    *lines, rest = text[: LIMIT - len(f"…\n{FENCE}{ending}")].split("\n")
    if sum(line.startswith(FENCE) for line in lines) % 2:
        lines += [f"{rest}…", FENCE]
    return "\n".join(lines) + ending


def code(text: str) -> str:
    """The text as a code span, in which neither Markdown nor HTML nor a mention means anything.

    https://spec.commonmark.org/0.31.2/#code-spans
    """
    line = re.sub(r"\s", " ", text)
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in line else ""
    return f"{fence}{space}{line}{space}{fence}"


def _headline(stacks: Sequence[StackChanges]) -> str:
    changes, failed = [change for stack in stacks for change in stack.changes], sum(bool(each.error) for each in stacks)
    parts = [in_words(changes)] if changes or not failed else []
    if waiting := sum(bool(stack.waits_for) for stack in stacks):
        parts.append(f"{waiting} {'stack waits' if waiting == 1 else 'stacks wait'}")
    if failed:
        parts.append(f"{failed} {'stack' if failed == 1 else 'stacks'} cannot be planned")
    return "; ".join(parts)


def _losses(stacks: Sequence[StackChanges]) -> Iterator[str]:
    losses = [f"> - {stack.stack}: {_title(c)}" for stack in stacks for c in stack.changes if c.loses_data]
    if losses:
        yield from ["> [!CAUTION]", "> What these hold is lost:", *losses, ""]


def _cautions(stacks: Sequence[StackChanges]) -> Iterator[str]:
    changes = [(stack.stack, change) for stack in stacks for change in stack.changes]
    found = [f"> - {stack}: {_title(change)}: {text}" for stack, change in changes for text in change.cautions]
    if found:
        yield from ["> [!WARNING]", "> See docs/operations.md before you apply:", *found, ""]


def _body(stack: StackChanges) -> Iterator[str]:
    if stack.error:
        yield from _block(stack.error)
    if stack.waits_for:
        yield from ["What it changes can be seen once those are deployed.", ""]
    for change in sorted(stack.changes, key=lambda change: VERBS.index(change.verb), reverse=True):
        yield f"- {_title(change)}"
        for attribute in change.attributes:
            forces = ", which forces the replacement" if attribute.forces_replacement else ""
            yield f"  - {code(attribute.name)}: {_values(attribute)}{forces}"
    if stack.changes:
        yield ""


def _values(attribute: Attribute) -> str:
    if attribute.before is None:
        return f"+ {code(attribute.after or '')}"
    if attribute.after is None:
        return f"- {code(attribute.before)}"
    return f"{code(attribute.before)} → {code(attribute.after)}"


def _block(text: str) -> list[str]:
    return [f"{FENCE}text", *text.replace(FENCE, "'''").splitlines(), FENCE, ""]


def _title(change: Change) -> str:
    return f"{change.verb} {code(change.address)}"
