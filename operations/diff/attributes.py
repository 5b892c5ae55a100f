"""The attributes that differ in one change of a plan."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from operations.diff.differences import Difference, as_json, differences, is_json
from operations.json_types import JsonObject

VALUE_LIMIT = 120
"""A value with at most this number of characters is shown whole."""

CONTEXT = 40
"""How many characters are shown before and after a difference in a longer value."""

COMPARISON_LIMIT = 200_000
"""The limit for the word count of one text times that of the other. Above the limit, both texts are shown whole."""

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"


@dataclass(frozen=True)
class Attribute:
    """One attribute of a resource, before and after. Sensitive and unknown values are replaced by a note."""

    name: str
    """The name of the attribute, and the path to the part that differs."""
    before: str | None
    """The old value, or None if the part is new."""
    after: str | None
    """The new value, or None if the part is removed."""
    forces_replacement: bool = False


def attributes(change: JsonObject) -> Iterator[Attribute]:
    """Yield each changed part of each attribute, and whether the attribute forces a replacement.

    Args:
        change: The member `change` of a resource change in Terraform's JSON.
    """
    before, after = change["before"] or {}, change["after"] or {}
    unknown = change.get("after_unknown") or {}
    forcing = {path[0] for path in change.get("replace_paths", []) if path}
    for name in sorted(before.keys() | after.keys() | unknown.keys()):
        is_unknown = _is_marked(unknown.get(name))
        if before.get(name) == after.get(name) and not is_unknown:
            continue
        if _is_marked(_mark(change.get("before_sensitive"), name)) or _is_marked(
            _mark(change.get("after_sensitive"), name)
        ):
            shown = [Difference("", SENSITIVE, SENSITIVE)]
        elif is_unknown:
            shown = [Difference("", _beginning(as_json(before.get(name))), UNKNOWN)]
        else:
            shown = _shown(before.get(name), after.get(name))
        for path, old, new in shown:
            yield Attribute(f"{name}{path}", old, new, forces_replacement=name in forcing)


def _mark(marks: object, name: str) -> object:
    """Return the mark of an attribute. If a whole resource is sensitive, Terraform writes only `true`."""
    return marks.get(name) if isinstance(marks, Mapping) else marks


def _is_marked(marks: object) -> bool:
    """Return whether any part of a value is marked. For each marked part, Terraform writes `true`."""
    if isinstance(marks, Mapping):
        return any(_is_marked(mark) for mark in marks.values())
    if isinstance(marks, list):
        return any(_is_marked(mark) for mark in marks)
    return marks is True


def _shown(before: object, after: object) -> list[Difference]:
    """Return short values whole. Of long values and of JSON texts, return only the parts that differ."""
    whole = as_json(before), as_json(after)
    if max(map(len, whole)) <= VALUE_LIMIT and not (is_json(before) and is_json(after)):
        return [Difference("", *whole)]
    parts = differences(before, after) or [Difference("", *whole)]  # the same JSON in another layout
    return [
        Difference(path, *_excerpts(old, new)) if old and new else Difference(path, old, new)
        for path, old, new in parts
    ]


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Return two values whole if they are short. Otherwise, return only their differences with some context."""
    if max(len(before), len(after)) <= VALUE_LIMIT:
        return before, after
    old, new = (re.findall(r"\w+|\W", text) for text in (before, after))
    if len(old) * len(new) > COMPARISON_LIMIT:
        return before, after
    shown: tuple[list[str], list[str]] = [], []
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        parts = "".join(old[old_start:old_end]), "".join(new[new_start:new_end])
        if tag == "equal":
            parts = (_shortened(parts[0], begins=not old_start, ends=old_end == len(old)),) * 2
        for texts, part in zip(shown, parts, strict=True):
            texts.append(part)
    return "".join(shown[0]), "".join(shown[1])


def _shortened(same: str, *, begins: bool, ends: bool) -> str:
    """Return a text that two values share, reduced to the context of the differences before and after it."""
    kept = ("" if begins else same[:CONTEXT]), ("" if ends else same[-CONTEXT:])
    return same if len(same) <= sum(map(len, kept)) else "…".join(kept)


def _beginning(text: str) -> str:
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}…"
