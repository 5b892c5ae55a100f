"""In what two values of an attribute differ: by their parts, where they have any.

A list of container definitions, of variables or of statements is compared by the names of what is in it, and a text
that is JSON by what it says.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

NAMES = ("name", "Sid", "id", "key")
"""What tells the objects of a list apart, if they all have it and no two the same."""


class Difference(NamedTuple):
    """One part that is another; `path` leads to it from the attribute (`.app.environment.LOG_LEVEL`)."""

    path: str
    before: str | None
    """As JSON; None if there was no such part."""
    after: str | None


def differences(before: object, after: object) -> list[Difference]:
    """Return the parts in which two values differ, none if they say the same."""
    return list(_differences("", _parsed(before), _parsed(after)))


def is_json(value: object) -> bool:
    """Tell whether a value is a text that holds an object or a list."""
    return isinstance(value, str) and _parsed(value) is not value


def as_json(value: object) -> str:
    """Return a value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def _differences(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{path}.{key}"
            if key not in after:
                yield Difference(inner, as_json(before[key]), None)
            elif key not in before:
                yield Difference(inner, None, as_json(after[key]))
            else:
                yield from _differences(inner, _parsed(before[key]), _parsed(after[key]))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(path, before, after)
    elif as_json(before) != as_json(after):
        yield Difference(path, as_json(before), as_json(after))


def _of_lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None:
        yield from _differences(path, old, new)
        return
    gone, come = _without(before, after), _without(after, before)
    if len(gone) == len(come) == 1:
        yield from _differences(path, _parsed(gone[0]), _parsed(come[0]))
    elif gone or come:
        yield from (Difference(path, as_json(item), None) for item in gone)
        yield from (Difference(path, None, as_json(item)) for item in come)
    elif before != after:  # in another order
        yield Difference(path, as_json(before), as_json(after))


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """The objects of a list by their names, None if they have none."""
    for name in NAMES:
        if all(isinstance(item, dict) and isinstance(item.get(name), str) for item in items):
            named = {item[name]: _unnamed(item, name) for item in items}
            return named if len(named) == len(items) else None
    return None


def _unnamed(item: dict[str, Any], name: str) -> Any:
    """An object without its name, or its value if that is all that is left, as of a variable."""
    rest = {key: value for key, value in item.items() if key != name}
    return rest["value"] if rest.keys() == {"value"} else rest


def _without(items: list[Any], others: list[Any]) -> list[Any]:
    """The items that are not among the others, each as often as it is there more."""
    there = Counter(map(as_json, others))
    left = []
    for item in items:
        if there[as_json(item)]:
            there[as_json(item)] -= 1
        else:
            left.append(item)
    return left


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
