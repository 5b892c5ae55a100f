"""Reader of the settings file. It returns all environments, or reports all errors together."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from settings.location import FILE_VARIABLE, SETTINGS_FILE, shown
from settings.messages import DEFAULTS, cut, message, shown_key
from settings.model import Settings

MISSPELT = "default"
"""A wrong name for the table `[defaults]`. Users know this name from other tools."""

MOST_CHARACTERS = 1_000_000
"""The limit of characters in a settings file. A file with a hundred environments is many times smaller."""

MOST_ENVIRONMENTS = 200
ENDLESS_KEY = re.compile(r"""^[ \t\[]*(?:["'\w-]+[ \t]*\.[ \t]*){10000}""", re.MULTILINE)
"""The pattern of a key with 10,000 parts or more. tomllib needs minutes to parse a key with some 100,000 parts."""

MOST_NAMES = 20
"""The limit of environments that one error lists."""

NEW_SHELL = f"; {FILE_VARIABLE} names this file. If `make down` has deleted its rehearsal, use a new shell"

MOST_ERRORS = 50
"""The limit of errors in one message."""


class SettingsError(Exception):
    """A settings file cannot be used. The message has every error of the file, one per line."""


def load(path: Path) -> list[Settings]:
    """Return every environment of a settings file, in the order of the file.

    Each key that an environment leaves out gets its value from the table `[defaults]`.

    Raises:
        SettingsError: The file has errors. The message lists every error with its place in the file.
    """
    content = _parsed(path)
    errors = [_misplaced(name, value) for name, value in content.items() if not isinstance(value, dict)]
    tables = {name: table for name, table in content.items() if isinstance(table, dict)}
    if MISSPELT in tables:
        errors.append(f"{MISSPELT}: not an environment; did you mean [{DEFAULTS}]?")
    # A table [default] is used as [defaults]. Otherwise, the required settings in it would also be reported as missing.
    defaults = tables.pop(MISSPELT, {}) | tables.pop(DEFAULTS, {})
    if not tables and not errors:
        errors.append("must have an environment; add a table such as [dev]")
    environments: list[Settings] = []
    for name, table in tables.items():
        merged = _merged(defaults, table)
        try:
            environments.append(Settings.model_validate({**merged, "environment": name}))
        except ValidationError as error:
            errors += [message(name, table, defaults, details) for details in error.errors()]
        if "environment" in merged:
            errors.append(
                f"{shown_key(name)}.environment: unknown setting; the name of the table is the name of the environment"
            )
    errors += _conflicts(environments)
    if errors:
        lines = list(dict.fromkeys(errors))  # an error in [defaults] occurs in every environment
        if more := len(lines[MOST_ERRORS:]):
            lines[MOST_ERRORS:] = [f"{more} more errors"]
        raise SettingsError("\n".join(f"{path.name}: {line}" for line in lines))
    return environments


def find(path: Path, environment: str) -> Settings:
    """Return one environment of a settings file.

    Raises:
        SettingsError: The file has errors, or lacks the environment.
    """
    known = {settings.environment: settings for settings in load(path)}
    if environment not in known:
        names = ", ".join(list(known)[:MOST_NAMES]) + (", ..." if len(known) > MOST_NAMES else "")
        raise SettingsError(f"{shown(path)}: unknown environment {cut(environment)}; known environments: {names}")
    return known[environment]


def _parsed(path: Path) -> dict[str, object]:
    try:
        tables = tomllib.loads(_text(path))
    except OSError as error:
        advice = NEW_SHELL if isinstance(error, FileNotFoundError) and path != SETTINGS_FILE else ""
        raise SettingsError(f"{shown(path)}: cannot be read: {error.strerror}{advice}") from None
    except RecursionError:
        raise SettingsError(f"{path.name}: must not nest lists or tables hundreds of levels deep") from None
    except ValueError as error:  # invalid TOML or UTF-8, or a number with thousands of digits
        raise SettingsError(f"{path.name}: invalid TOML: {cut(str(error))}") from None
    if len(tables) > MOST_ENVIRONMENTS:
        raise SettingsError(f"{path.name}: must have at most {MOST_ENVIRONMENTS} environments, got {len(tables)}")
    return tables


def _text(path: Path) -> str:
    """Return the content of the file. Refuse a file that would take minutes to parse."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise SettingsError(f"{shown_key(path.name)}: must be a regular file, because the file is read several times")
    with path.open(encoding="utf-8-sig") as file:  # some editors write a byte order mark
        text = file.read(MOST_CHARACTERS + 1)
    if len(text) > MOST_CHARACTERS:
        raise SettingsError(f"{path.name}: must have at most {MOST_CHARACTERS} characters, got more")
    if ENDLESS_KEY.search(text):
        raise SettingsError(f"{path.name}: must have keys of at most 10000 parts, got a longer key")
    return text


def _misplaced(name: str, value: object) -> str:
    """Return the error for a top-level value that is not a table."""
    name = shown_key(name)
    if name == DEFAULTS or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        return f"{name}: must be one table, written as [{name}]"
    return f"{name}: must be inside an environment; move it below a table such as [dev]"


def _merged(defaults: Mapping[str, object], table: Mapping[str, object], *, levels: int = 2) -> dict[str, object]:
    """Return the table, with the defaults for the keys that it leaves out. Inner tables are merged in the same way.

    Args:
        defaults: The defaults for the table.
        table: The table of an environment, or a table inside it.
        levels: How many levels of inner tables to merge. An environment has two levels of inner tables.
    """
    merged = {**defaults, **table}
    for key in defaults.keys() & table.keys():
        default, given = defaults[key], table[key]
        if levels and isinstance(default, dict) and isinstance(given, dict):
            merged[key] = _merged(default, given, levels=levels - 1)
    return merged


def _conflicts(environments: list[Settings]) -> Iterator[str]:
    """Yield an error for each conflict between the names, domains or GitHub providers of two environments."""
    for index, later in enumerate(environments):
        for earlier in environments[:index]:
            place, other = later.environment, earlier.environment
            if later.name == earlier.name:
                yield f"{place}.app: must not lead to the name {later.name}, which {other} has, got {later.app!r}"
            elif f"{later.name}-".startswith(f"{earlier.name}-") or f"{earlier.name}-".startswith(f"{later.name}-"):
                # Policies match the resources of an environment by the prefix of the resource names.
                yield (
                    f"{place}.app: must not lead to the name {later.name}, got {later.app!r}; {other} has the name "
                    f"{earlier.name}, and neither name may begin with the other name"
                )
            if later.domain == earlier.domain:
                yield f"{place}.domain: must not be the domain of {other}, got {later.domain!r}"
            if later.account_id and later.account_id == earlier.account_id and _create_providers(later, earlier):
                # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
                table = "ci" if later.ci else "push"
                yield (
                    f"{place}.{table}.oidc_provider_arn: required, because {other} creates the one GitHub provider "
                    "that an account can have"
                )


def _create_providers(*environments: Settings) -> bool:
    """Return whether each of the environments creates an OIDC provider for GitHub."""
    return all(settings.github and not settings.github.oidc_provider_arn for settings in environments)
