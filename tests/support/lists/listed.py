"""The difference between a list in a file of the project and its contents, as instructions that name the file."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")


def faults(
    found: Iterable[T], listed: Iterable[T], *, place: str, entry: Callable[[T], str], end: str = ""
) -> list[str]:
    """Return a line for each missing entry of a list, and for each entry that the list should not have.

    Args:
        found: The items that the list should contain.
        listed: The items that the list contains.
        place: The file and the list, such as `docs/fidelity.md, table of answers`.
        entry: Returns the text that a developer adds to the list for an item.
        end: What the developer must know in addition to the missing entry.
    """
    wanted, there = set(found), set(listed)
    return [
        *(f"{place}: add {entry(one)}{end}" for one in sorted(wanted - there, key=repr)),
        *(f"{place}: remove {entry(one)}; nothing needs it" for one in sorted(there - wanted, key=repr)),
    ]


def check(lines: list[str]) -> None:
    """Fail with the lines as the message, if there are any."""
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
