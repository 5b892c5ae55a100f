"""The changes of an environment as Markdown, for a comment of a pull request and the summary of a job."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from operations.diff.attributes import Attribute
from operations.diff.plan import Change

LIMIT = 60_000
"""The limit of characters in a summary. GitHub accepts 65,536 characters in a comment.

https://docs.github.com/en/rest/issues/comments
"""

VERBS = ["move", "import", "add", "change", "replace", "destroy", "forget"]
"""The verbs of changes, from the least to the most important."""

FENCE = "```"


@dataclass(frozen=True)
class StackChanges:
    """The planned changes of one stack, or the reason why it could not be planned."""

    stack: str
    changes: list[Change] = field(default_factory=list)
    waits_for: list[str] = field(default_factory=list)
    """The stacks that must be deployed first, because this stack reads outputs that they will change."""
    error: str = ""

    @property
    def in_words(self) -> str:
        """One phrase for the whole stack."""
        if self.error:
            return "cannot be planned"
        if self.waits_for:
            return f"waits for {', '.join(self.waits_for)}"
        return in_words(self.changes)


def in_words(changes: Sequence[Change]) -> str:
    """Return a phrase with the number of changes for each verb."""
    counted = Counter(change.verb for change in changes)
    return ", ".join(f"{counted[verb]} to {verb}" for verb in VERBS if counted[verb]) or "no changes"


def marker(environment: str) -> str:
    """Return the first line of a summary. It is invisible, and the next run finds its comment by this line."""
    return f"<!-- changes: {environment} -->"


def markdown(environment: str, stacks: Sequence[StackChanges]) -> str:
    """Return the whole summary, with data losses and warnings on top."""
    lines = [marker(environment), f"## {environment}: {_headline(stacks)}", "", *_losses(stacks), *_cautions(stacks)]
    shown: dict[str, str] = {}
    for stack in stacks:
        same = shown.get(stack.error)
        body = [f"The same error as in {same}.", ""] if stack.error and same else _body(stack)
        lines += [f"### {stack.stack}: {stack.in_words}", "", *body]
        shown.setdefault(stack.error, stack.stack)
    return "\n".join(lines)


def failed(environment: str, error: str) -> str:
    """Return the summary of a diff that failed before any stack was planned."""
    return "\n".join([marker(environment), f"## {environment}: cannot be planned", "", *_block(error)])


def fit(text: str) -> str:
    """Return the summary. If it has more than 60,000 characters, cut it, and append a sentence that says so.

    The cut is at the end of a line, so that no code span stays open. Inside an error message the cut can be anywhere,
    because a single line of a message can exceed the limit.
    """
    if len(text) <= LIMIT:
        return text
    ending = "\n\nThe summary is too long for this place. The output of the job has the whole summary.\n"
    *lines, rest = text[: LIMIT - len(f"…\n{FENCE}{ending}")].split("\n")
    if sum(line.startswith(FENCE) for line in lines) % 2:
        lines += [f"{rest}…", FENCE]
    return "\n".join(lines) + ending


def code(text: str) -> str:
    """Return the text as a code span, which disables Markdown, HTML and mentions.

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
        yield from ["> [!CAUTION]", "> The data in these resources is lost:", *losses, ""]


def _cautions(stacks: Sequence[StackChanges]) -> Iterator[str]:
    changes = [(stack.stack, change) for stack in stacks for change in stack.changes]
    found = [f"> - {stack}: {_title(change)}: {text}" for stack, change in changes for text in change.cautions]
    if found:
        yield from ["> [!WARNING]", "> See docs/operations.md before you apply:", *found, ""]


def _body(stack: StackChanges) -> Iterator[str]:
    if stack.error:
        yield from _block(stack.error)
    if stack.waits_for:
        yield from ["The changes of this stack are known only after those stacks are deployed.", ""]
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
