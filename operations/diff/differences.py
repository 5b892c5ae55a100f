"""The differences between two values of an attribute, part by part.

In lists of objects with names, such as containers, variables and statements, objects of the same name are compared.
Texts that are JSON are compared by their parsed values.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

NAMES = ("name", "Sid", "id", "key")
"""The keys that can identify an object in a list. The first key that all objects have serves as their name."""


class Difference(NamedTuple):
    """One part that differs."""

    path: str
    """The path from the attribute to the part, such as `.app.environment.LOG_LEVEL`."""
    before: str | None
    """The old value as JSON, or None if the part is new."""
    after: str | None
    """The new value as JSON, or None if the part is removed."""


def differences(before: object, after: object) -> list[Difference]:
    """Return the parts in which two values differ.

    In JSON text, the order of named objects does not matter, because ECS and IAM ignore the order. In Terraform's own
    lists, such as the stages of a pipeline, the order matters.
    """
    return list(_differences("", before, after, ordered=True))


def is_json(value: object) -> bool:
    """Return whether a value is a text with a JSON object or list."""
    return isinstance(value, str) and _parsed(value) is not value


def as_json(value: object) -> str:
    """Return a value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def _differences(path: str, before: object, after: object, *, ordered: bool) -> Iterator[Difference]:
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


def _of_lists(path: str, before: list[object], after: list[object], *, ordered: bool) -> Iterator[Difference]:
    if named := _by_name(before, after):
        old, new = named
        yield from _differences(path, old, new, ordered=ordered)
        if ordered and [name for name in old if name in new] != [name for name in new if name in old]:
            yield Difference(path, as_json(list(old)), as_json(list(new)))
        return
    removed, old_rest = _without(before, after)
    added, new_rest = _without(after, before)
    if len(removed) == len(added) == 1:
        yield from _differences(path, removed[0], added[0], ordered=ordered)
    else:
        yield from (Difference(path, as_json(item), None) for item in removed)
        yield from (Difference(path, None, as_json(item)) for item in added)
    if _normalized(old_rest) != _normalized(new_rest):  # the order differs
        yield Difference(path, as_json(before), as_json(after))


def _by_name(before: list[object], after: list[object]) -> list[dict[str, object]] | None:
    """Return the objects of each list by name. Return None if an object has no name, or if two have the same name.

    An object with only a name and a value, such as a variable, is replaced by the value.
    """
    for name in NAMES:
        if _are_named(before, name) and _are_named(after, name):
            values = all(item.keys() == {name, "value"} for item in (*before, *after))
            old, new = (
                {str(item[name]): item["value"] if values else _without_name(item, name) for item in items}
                for items in (before, after)
            )
            return [old, new] if (len(old), len(new)) == (len(before), len(after)) else None
    return None


def _are_named(items: list[object], name: str) -> TypeGuard[list[dict[str, object]]]:
    return all(isinstance(item, dict) and isinstance(item.get(name), str) for item in items)


def _without_name(item: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in item.items() if key != name}


def _without(items: list[object], others: list[object]) -> tuple[list[object], list[object]]:
    """Return the items that `others` lacks, and the remaining items.

    If an item occurs more often than in `others`, `others` lacks the additional occurrences.
    """
    unmatched = Counter(map(_normalized, others))
    missing: list[object] = []
    rest: list[object] = []
    for item in items:
        text = _normalized(item)
        (rest if unmatched[text] > 0 else missing).append(item)
        unmatched[text] -= 1
    return missing, rest


def _normalized(value: object) -> str:
    """Return a value in a normal form, which does not depend on its layout."""

    def parsed(value: object) -> object:
        value = _parsed(value)
        if isinstance(value, dict):
            return {key: parsed(inner) for key, inner in value.items()}
        return [parsed(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(parsed(value), sort_keys=True)


def _parsed(value: object) -> object:
    """Return the parsed value of a text with a JSON object or list. Return any other value unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
