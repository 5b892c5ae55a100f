"""Error messages for a settings file. They name each setting as the file does."""

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from pydantic_core import ErrorDetails

from settings.model import paths

DEFAULTS = "defaults"
"""The table with the values for settings that an environment leaves out."""

SECRET_TABLES = (["service", "environment"], ["service", "secrets"])
"""The tables with values that no message shows, because a user may have written a secret in place of its ARN."""

RENAMED = {"pipeline.image_tag": "watch"}
"""The old path of each renamed setting, and the new name. The setting stays in the same table."""

MOST_SHOWN = 300
"""The limit of characters that a message shows of each key, value and error."""


def message(environment: str, table: Mapping[str, object], defaults: Mapping[str, object], error: ErrorDetails) -> str:
    """Return the message for an error that pydantic found in an environment.

    Args:
        environment: The name of the environment.
        table: The environment's own table in the file.
        defaults: The table `[defaults]`. The message names this table if the value comes from it.
        error: The error as pydantic describes it.
    """
    # In a location of pydantic, "[key]" marks a bad key, and a number is the index of a list's item. The location
    # "environment" is not a key of the table, because the environment's name is the name of the table.
    named = [part for part in error["loc"] if isinstance(part, str) and part != "[key]"]
    parts = named if named != ["environment"] else []
    written = parts[:-1] if error["type"] == "missing" else parts
    by_defaults = bool(written) and _has(defaults, written) and not _has(table, written)
    place = ".".join(map(shown_key, [DEFAULTS if by_defaults else environment, *parts]))
    match error["type"]:
        case "extra_forbidden":
            return f"{place}: unknown setting{_hint(parts)}"
        case "missing":
            return f"{place}: required"
        case "model_type" | "dict_type":
            fault = "must be a table"
        case "list_type":
            fault = "must be a list"
        case "string_pattern_mismatch":
            fault = f"must match {error['ctx']['pattern']}"
        case "value_error":
            fault = str(error["ctx"]["error"])
        case _:
            fault = error["msg"].replace("Input should", "must").replace("Dictionary should", "must")
    got = "" if error["input"] is None else f", got {cut(_shown(parts, error['input']))}"
    return f"{place}: {cut(fault)}{got}"


def shown_key(name: str) -> str:
    """Return a key on one line. An empty or unprintable key is quoted and escaped as in TOML."""
    return cut(name if name and name.isprintable() else json.dumps(name))


def cut(text: str) -> str:
    """Return the text without its middle if it is too long to be shown."""
    half = MOST_SHOWN // 2
    return text if len(text) <= MOST_SHOWN else f"{text[:half]}…{text[-half:]}"


def _shown(parts: list[str], value: object) -> str:
    """Return the value as text. If the value may be a secret, return only its length or its type."""
    is_name = value in parts
    if is_name or not parts or all(parts[:2] != table[: len(parts)] for table in SECRET_TABLES):
        if isinstance(value, bool):
            return str(value).lower()  # as TOML writes it
        try:
            return repr(value)
        except ValueError:
            return "a number with thousands of digits"
        except RecursionError:
            return "a value nested hundreds of levels deep"
    size = f"{len(value)} characters" if isinstance(value, str) else f"a value of type {type(value).__name__}"
    return f"{size}, not shown"


def _has(table: object, parts: Sequence[str]) -> bool:
    return not parts or (isinstance(table, Mapping) and parts[0] in table and _has(table[parts[0]], parts[1:]))


def _hint(parts: list[str]) -> str:
    """Return the setting that the user probably meant, or the known settings of the table.

    The user probably meant the new name of a renamed setting, the nearest name in the same table, or the same key in
    another table.
    """
    if new := RENAMED.get(".".join(parts)):
        return f"; renamed to {new}"
    *outer, key = parts
    settings = [path.rpartition(".") for path in paths()]
    siblings = [name for table, _, name in settings if table == ".".join(outer)]
    elsewhere = [f"{table}{dot}{name}" for table, dot, name in settings if name == key]
    if near := get_close_matches(key, siblings, n=1) or elsewhere:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known settings: {', '.join(siblings)}"
