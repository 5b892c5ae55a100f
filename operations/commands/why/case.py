"""Case: an incident with everything that was read about it, in which the kinds of causes look for their evidence."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from operations.commands.why import incident as incidents
from operations.commands.why.cause import Cause, Certainty
from operations.commands.why.evidence import Evidence
from operations.commands.why.incident import Incident, Symptom
from operations.system.tasks import Container, Task

LOG = "last lines of the container's log"


@dataclass(frozen=True)
class Said:
    """A text in which an expression was found."""

    line: str
    """The text, with its place."""
    match: re.Match[str]
    task: Task | None = None

    def __getitem__(self, group: str) -> str:
        """Return a named group of the match, or an empty text."""
        return self.match.groupdict().get(group) or ""


@dataclass(frozen=True)
class Case:
    """An incident and its evidence."""

    evidence: Evidence
    incident: Incident

    @cached_property
    def symptoms(self) -> list[Symptom]:
        """The texts of AWS about the incident."""
        return incidents.symptoms(self.evidence, self.incident)

    def said(self, *expressions: str) -> Said | None:
        """Return the first text of AWS about the incident in which one of the expressions is found."""
        texts = ((each.line, each.task) for each in self.symptoms)
        return _first(texts, expressions)

    def logged(self, *expressions: str) -> Said | None:
        """Return the last line of the container's log in which one of the expressions is found."""
        lines = ((f"log: {line}", None) for line in reversed(self.evidence.log or []))
        return _first(lines, expressions)

    @property
    def name(self) -> str:
        """The name of the environment."""
        return self.evidence.name

    @property
    def exited(self) -> tuple[Task, Container] | None:
        """The newest failed task with a container that exited, and this container."""
        pairs = [(task, each) for task in self.incident.tasks for each in task.containers if each.exit_code is not None]
        exits = [(task, each) for task, each in pairs if task.stop_code == "EssentialContainerExited" or each.exit_code]
        return next(iter(exits), None)

    @property
    def log_lines(self) -> list[str]:
        """The last lines of the container's log, as evidence."""
        return [f"log: {line}" for line in (self.evidence.log or [])[-10:]]


def _first(texts: "Iterable[tuple[str, Task | None]]", expressions: Iterable[str]) -> Said | None:
    found: Iterator[Said] = (
        Said(line, match, task)
        for line, task in texts
        for expression in expressions
        if (match := re.search(expression, line, re.IGNORECASE))
    )
    return next(found, None)


def cause(kind: str, text: str, certainty: Certainty, advice: str, *evidence: str) -> Cause:
    """Return a cause."""
    return Cause(kind=kind, text=text, certainty=certainty, evidence=list(dict.fromkeys(evidence)), advice=advice)
