"""Show which secrets and parameters feed which variables of the container, and when they changed. No value is read."""

import argparse
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from rich.console import RenderableType
from rich.text import Text

from operations.commands import frame
from operations.commands.answer import Exit, SystemAnswer
from operations.commands.reading import Reading
from operations.commands.table import UNUSUAL, missing, table, time, with_notes
from operations.system.secrets import Reference, Source

HELP = "show which secrets feed the variables of the container"
STOPS = "so no new task can start"


class ListedSecret(BaseModel):
    """A variable of the container, and the secret or the parameter that feeds it. The value is not read."""

    model_config = ConfigDict(frozen=True)

    variable: str
    kind: Literal["secret", "parameter"]
    name: str
    source: str
    """The ARN, or the name of a parameter."""
    json_key: str
    version: str
    state: Literal["exists", "deleted", "missing"] | None
    """None if the source was not read."""
    changed: datetime | None
    rotated: datetime | None
    deleted: datetime | None


class Secrets(SystemAnswer):
    """The variables with secrets, in alphabetical order."""

    secrets: list[ListedSecret] | None = None
    unusual: list[str]

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        return Exit.UNUSUAL if self.unusual else super().exit_code


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add no options: `ops secrets` has only those of all commands."""


def answer(arguments: argparse.Namespace) -> int:
    """Print the secrets of an environment, and return the exit code."""
    return frame.answer(arguments, "secrets", read, rendered)


def read(reading: Reading) -> Secrets:
    """Read the references of the revision that runs, and the secrets and parameters to which they refer."""
    found = reading.parts({"variables": reading.deployed.secret_references})
    if "variables" not in found:
        return Secrets(**reading.source, unusual=[])
    references: list[Reference] = found["variables"]
    sources = reading.parts(_jobs(reading, references))
    listed = [_listed(each, sources) for each in references]
    return Secrets(**reading.source, secrets=listed, unusual=list(dict.fromkeys(_unusual(listed))))


def _part(of: Reference) -> str:
    return f"parameters in {of.region}" if of.is_parameter else f"secret {of.name}"


def _jobs(reading: Reading, references: list[Reference]) -> dict[str, Callable[[], Any]]:
    jobs: dict[str, Callable[[], Any]] = {}
    for each in references:
        same = dict.fromkeys(other.name for other in references if _part(other) == _part(each))
        jobs[_part(each)] = (
            partial(reading.deployed.parameters, each.region, [*same])
            if each.is_parameter
            else partial(reading.deployed.secret, each)
        )
    return jobs


def _listed(of: Reference, sources: dict[str, Any]) -> ListedSecret:
    was_read = _part(of) in sources
    found: Source | None = sources.get(_part(of))
    if was_read and of.is_parameter:
        found = sources[_part(of)].get(of.name)
    return ListedSecret(
        variable=of.variable,
        kind="parameter" if of.is_parameter else "secret",
        name=of.name,
        source=of.source,
        json_key=of.json_key,
        version=of.version,
        state=None if not was_read else "missing" if not found else "deleted" if found.deleted else "exists",
        changed=found.changed if found else None,
        rotated=found.rotated if found else None,
        deleted=found.deleted if found else None,
    )


def _unusual(listed: list[ListedSecret]) -> Iterator[str]:
    for each in listed:
        if each.state == "missing":
            yield f"{each.kind} {each.name}: it does not exist, {STOPS}"
        if each.state == "deleted" and each.deleted:
            yield f"{each.kind} {each.name}: it is scheduled for deletion ({each.deleted:%Y-%m-%d}), {STOPS}"


def rendered(found: Secrets) -> list[RenderableType]:
    """Return the table of the variables, and below the table what is unusual and what was not read."""
    rows = [
        (
            each.variable,
            each.name,
            " ".join(filter(None, [each.json_key, each.version])),
            each.state if each.state in ("deleted", "missing") else time(each.changed),
            time(each.rotated),
        )
        for each in found.secrets or []
    ]
    titles = ("variable", "secret or parameter", "JSON key", "changed (UTC)", "rotated (UTC)")
    return with_notes(table(titles, rows), _notes(found))


def _notes(found: Secrets) -> Iterator[tuple[str | Text, str]]:
    yield from ((UNUSUAL, line) for line in found.unusual)
    yield from missing(found.not_read)
    if found.secrets == []:
        yield "secrets", "the container has no variable with a secret"
