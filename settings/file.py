"""The settings file: read, and refused with every error at once, in the user's words."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from settings.messages import DEFAULTS, cut, in_words, key_in_words
from settings.model import Settings

MISSPELT = "default"
"""What many a tool calls it."""

MOST_CHARACTERS = 1_000_000
"""Characters of a settings file, many times what a hundred environments take."""

MOST_ENVIRONMENTS = 200
ENDLESS_KEY = re.compile(r"""^[ \t\[]*(?:["'\w-]+[ \t]*\.[ \t]*){10000}""", re.MULTILINE)
"""A key of ten thousand parts; one of some hundred thousand takes minutes to read."""

MOST_NAMES = 20
"""Environments that are named where one is not found."""

MOST_ERRORS = 50
"""Errors that are told at once."""


class SettingsError(Exception):
    """Every error of a settings file, a line each."""


def load(path: Path) -> list[Settings]:
    """Every environment of a settings file, in the file's order.

    What an environment does not say, the table `[defaults]` says for all, key by key. Raises SettingsError with all
    the errors of the file, each with its place.
    """
    tables = _parsed(path)
    errors = [_misplaced(name, value) for name, value in tables.items() if not isinstance(value, dict)]
    tables = {name: table for name, table in tables.items() if isinstance(table, dict)}
    if MISSPELT in tables:
        errors.append(f"{MISSPELT}: not an environment; did you mean [{DEFAULTS}]?")
    # What was meant by them holds for the other errors, so that each is told for what it is.
    defaults = tables.pop(MISSPELT, {}) | tables.pop(DEFAULTS, {})
    if not tables and not errors:
        errors.append("must have an environment; add a table such as [dev]")
    environments: list[Settings] = []
    for name, table in tables.items():
        merged = _merged(defaults, table)
        try:
            environments.append(Settings.model_validate({**merged, "environment": name}))
        except ValidationError as error:
            errors += [in_words(name, table, defaults, dict(detail)) for detail in error.errors()]
        if "environment" in merged:
            errors.append(f"{key_in_words(name)}.environment: unknown setting; the table's name is the environment's")
    errors += _shared(environments)
    if errors:
        lines = list(dict.fromkeys(errors))  # an error of the defaults is one of every environment
        if more := len(lines[MOST_ERRORS:]):
            lines[MOST_ERRORS:] = [f"{more} more errors"]
        raise SettingsError("\n".join(f"{path.name}: {line}" for line in lines))
    return environments


def find(path: Path, environment: str) -> Settings:
    """One environment of a settings file; raises SettingsError with those that there are."""
    known = {settings.environment: settings for settings in load(path)}
    if environment not in known:
        there = ", ".join(list(known)[:MOST_NAMES]) + (", ..." if len(known) > MOST_NAMES else "")
        raise SettingsError(f"{path.name}: unknown environment {cut(environment)}; known environments: {there}")
    return known[environment]


def _parsed(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(_text(path))
    except OSError as error:
        raise SettingsError(f"{key_in_words(path.name)}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise SettingsError(f"{path.name}: must not nest lists or tables hundreds of levels deep") from None
    except ValueError as error:  # TOML or UTF-8 that is none, or a number with thousands of digits
        raise SettingsError(f"{path.name}: invalid TOML: {cut(str(error))}") from None
    if len(tables) > MOST_ENVIRONMENTS:
        raise SettingsError(f"{path.name}: must have at most {MOST_ENVIRONMENTS} environments, got {len(tables)}")
    return tables


def _text(path: Path) -> str:
    """Return what the file holds, unless reading it as TOML would take minutes."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise SettingsError(f"{key_in_words(path.name)}: must be a regular file: it is read several times")
    with path.open(encoding="utf-8-sig") as file:  # some editors begin a file with a byte order mark
        text = file.read(MOST_CHARACTERS + 1)
    if len(text) > MOST_CHARACTERS:
        raise SettingsError(f"{path.name}: must have at most {MOST_CHARACTERS} characters, got more")
    if ENDLESS_KEY.search(text):
        raise SettingsError(f"{path.name}: must have keys of at most 10000 parts, got a longer one")
    return text


def _misplaced(name: str, value: Any) -> str:
    """Why what is no table cannot stand at the top of the file."""
    name = key_in_words(name)
    if name == DEFAULTS or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        return f"{name}: must be one table, written as [{name}]"
    return f"{name}: must be inside an environment; move it below a table such as [dev]"


def _merged(defaults: Mapping[str, Any], table: Mapping[str, Any], *, inner: int = 2) -> dict[str, Any]:
    """The table, and of the defaults what it does not say; tables within both likewise, as deep as settings go."""
    merged = {**defaults, **table}
    for key in defaults.keys() & table.keys():
        if inner and isinstance(defaults[key], dict) and isinstance(table[key], dict):
            merged[key] = _merged(defaults[key], table[key], inner=inner - 1)
    return merged


def _shared(environments: list[Settings]) -> Iterator[str]:
    """What two environments may not have in common, since AWS has it once."""
    for index, later in enumerate(environments):
        for earlier in environments[:index]:
            if later.name == earlier.name:
                place, other = f"{later.environment}.app", earlier.environment
                yield f"{place}: must not make the same name as {other}, got {later.app!r} for {later.name}"
            elif f"{later.name}-".startswith(f"{earlier.name}-") or f"{earlier.name}-".startswith(f"{later.name}-"):
                # What belongs to a system is known by what its name begins with.
                place, other = f"{later.environment}.app", earlier.environment
                yield (
                    f"{place}: must not make a name that begins with the name of {other} ({earlier.name}), or the "
                    f"reverse, got {later.app!r} for {later.name}"
                )
            if later.domain == earlier.domain:
                place, other = f"{later.environment}.domain", earlier.environment
                yield f"{place}: must not be the domain of {other}, got {later.domain!r}"
            if later.account_id and later.account_id == earlier.account_id and _makes_a_provider(later, earlier):
                # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
                place, other = f"{later.environment}.ci.oidc_provider_arn", earlier.environment
                yield f"{place}: required, because {other} creates the one GitHub provider that an account can have"


def _makes_a_provider(*environments: Settings) -> bool:
    """Whether each of them makes a provider for GitHub."""
    return all(settings.ci and not settings.ci.oidc_provider_arn for settings in environments)
