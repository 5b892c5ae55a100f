"""Finding: the result of one check."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a check has found."""

    OK = "ok"
    WARNING = "warning"
    """The deployment works, but something needs attention."""
    PROBLEM = "problem"
    """The deployment would fail, would wait in vain, or would not lead to a running service."""
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    kind: Kind
    place: str
    """What was checked, such as `domain`."""
    text: str
    """What was found. For a check that was not made, the reason."""
    advice: str = ""
    """What to do. Every warning and every problem has an advice."""


def ok(place: str, text: str) -> Finding:
    """Return the finding of a check that found no fault."""
    return Finding(Kind.OK, place, text)


def warning(place: str, text: str, *, advice: str) -> Finding:
    """Return the finding that the deployment works, but needs attention."""
    return Finding(Kind.WARNING, place, text, advice)


def problem(place: str, text: str, *, advice: str) -> Finding:
    """Return the finding that the deployment would fail, or wait in vain."""
    return Finding(Kind.PROBLEM, place, text, advice)


def not_checked(place: str, because: str, *, advice: str = "") -> Finding:
    """Return the finding that a check could not be made.

    Args:
        place: What was not checked.
        because: The reason, which follows the word "because".
        advice: What makes the check possible, if the reason does not say it.
    """
    return Finding(Kind.NOT_CHECKED, place, f"because {because}", advice)
