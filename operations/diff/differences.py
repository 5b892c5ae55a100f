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
    """Return the parts in which two values differ, none if they say the same.

    In JSON text, named objects may change their order without a difference: ECS and IAM ignore it. In Terraform's own
    lists the order counts, as for the stages of a pipeline.
    """
    return list(_differences("", before, after, ordered=True))


def is_json(value: object) -> bool:
    """Tell whether a value is a text that holds an object or a list."""
    return isinstance(value, str) and _parsed(value) is not value


def as_json(value: object) -> str:
    """Return a value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def _differences(path: str, before: Any, after: Any, *, ordered: bool) -> Iterator[Difference]:
    old, new = _parsed(before), _parsed(after)
    ordered = ordered and old is before and new is after
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            inner = f"{path}.{key}"
            if key not in new:
                yield Difference(inner, as_json(old[key]), None)
            elif key not in old:
                yield Difference(inner, None, as_json(new[key]))
            else:
                yield from _differences(inner, old[key], new[key], ordered=ordered)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(path, old, new, ordered=ordered)
    elif as_json(old) != as_json(new):
        yield Difference(path, as_json(old), as_json(new))


def _of_lists(path: str, before: list[Any], after: list[Any], *, ordered: bool) -> Iterator[Difference]:
    if named := _by_name(before, after):
        old, new = named
        yield from _differences(path, old, new, ordered=ordered)
        if ordered and [name for name in old if name in new] != [name for name in new if name in old]:
            yield Difference(path, as_json(list(old)), as_json(list(new)))
        return
    gone, left = _without(before, after)
    come, right = _without(after, before)
    if len(gone) == len(come) == 1:
        yield from _differences(path, gone[0], come[0], ordered=ordered)
    else:
        yield from (Difference(path, as_json(item), None) for item in gone)
        yield from (Difference(path, None, as_json(item)) for item in come)
    if _meaning(left) != _meaning(right):  # in another order
        yield Difference(path, as_json(before), as_json(after))


def _by_name(*lists: list[Any]) -> list[dict[str, Any]] | None:
    """The objects of lists without their names, by them; None if not all have one, or two of a list the same.

    Where all have nothing but a value, as variables do, it is the value that is named.
    """
    items = [item for each in lists for item in each]
    for name in NAMES:
        if all(isinstance(item, dict) and isinstance(item.get(name), str) for item in items):
            values = all(item.keys() == {name, "value"} for item in items)
            named = [{item[name]: item["value"] if values else _unnamed(item, name) for item in each} for each in lists]
            return named if [*map(len, named)] == [*map(len, lists)] else None
    return None


def _unnamed(item: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != name}


def _without(items: list[Any], others: list[Any]) -> tuple[list[Any], list[Any]]:
    """The items that are not among the others, each as often as it is there more; and the rest of them."""
    there = Counter(map(_meaning, others))
    without: list[Any] = []
    rest: list[Any] = []
    for item in items:
        meaning = _meaning(item)
        (rest if there[meaning] > 0 else without).append(item)
        there[meaning] -= 1
    return without, rest


def _meaning(value: Any) -> str:
    """What a value says, however it is written."""

    def parsed(value: Any) -> Any:
        value = _parsed(value)
        if isinstance(value, dict):
            return {key: parsed(inner) for key, inner in value.items()}
        return [parsed(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(parsed(value), sort_keys=True)


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
