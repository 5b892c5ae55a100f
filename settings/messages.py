"""The errors of a settings file, in the user's words."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from settings.model import paths

DEFAULTS = "defaults"
"""The table that all environments share."""

UNSHOWN = (["service", "environment"], ["service", "secrets"])
"""The tables whose values no message shows. One may be a secret in place of its ARN, and messages are logged."""

RENAMED = {"pipeline.image_tag": "watch"}
"""The new names of settings, in the same table, by their old places."""

MOST_SHOWN = 300
"""Characters of a key, of a value and of what is wrong with it."""


def in_words(environment: str, table: Mapping[str, Any], defaults: Mapping[str, Any], error: dict[str, Any]) -> str:
    """Return the line that tells of an error that pydantic found in an environment, with its place."""
    # The environment's name is no key in its table, pydantic marks a bad key of a table, and an item has no name.
    named = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    parts = named if named != ["environment"] else []
    by_defaults = parts and _has(defaults, parts) and not _has(table, parts)
    place = ".".join(map(key_in_words, [DEFAULTS if by_defaults else environment, *parts]))
    match error["type"]:
        case "extra_forbidden":
            return f"{place}: unknown setting{_hint(parts)}"
        case "missing":
            return f"{place}: required"
        case "model_type" | "dict_type":
            fault = "must be a table"
        case "string_pattern_mismatch":
            fault = f"must match {error['ctx']['pattern']}"
        case "value_error":
            fault = str(error["ctx"]["error"])
        case _:
            fault = error["msg"].replace("Input should", "must").replace("Dictionary should", "must")
    got = "" if error["input"] is None else f", got {cut(_shown(parts, error['input']))}"
    return f"{place}: {cut(fault)}{got}"


def key_in_words(name: str) -> str:
    """Return a key on one line, as TOML has it where it is empty or has what cannot be printed."""
    return cut(name if name and name.isprintable() else json.dumps(name))


def cut(text: str) -> str:
    """Return a text without its middle where it is too long to be shown."""
    half = MOST_SHOWN // 2
    return text if len(text) <= MOST_SHOWN else f"{text[:half]}…{text[-half:]}"


def _shown(parts: list[str], value: Any) -> str:
    """Return the value, or only its length or type if it may hold a secret."""
    is_name = value in parts
    if is_name or not parts or all(parts[:2] != table[: len(parts)] for table in UNSHOWN):
        try:
            return repr(value)
        except ValueError:
            return "a number with thousands of digits"
        except RecursionError:
            return "a value nested hundreds of levels deep"
    size = f"{len(value)} characters" if isinstance(value, str) else f"a value of type {type(value).__name__}"
    return f"{size}, not shown"


def _has(table: Any, parts: list[str]) -> bool:
    return not parts or (isinstance(table, Mapping) and parts[0] in table and _has(table[parts[0]], parts[1:]))


def _hint(parts: list[str]) -> str:
    """The new name, or the setting of the same table that comes nearest, or else of another table that has the key."""
    if new := RENAMED.get(".".join(parts)):
        return f"; renamed to {new}"
    *outer, key = parts
    settings = [path.rpartition(".") for path in paths()]
    siblings = [name for table, _, name in settings if table == ".".join(outer)]
    elsewhere = [f"{table}{dot}{name}" for table, dot, name in settings if name == key]
    if near := get_close_matches(key, siblings, n=1) or elsewhere:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known settings: {', '.join(siblings)}"
