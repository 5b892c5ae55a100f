"""Case: an incident with everything that was read about it, in which the kinds of causes look for their evidence."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from operations.commands.why import symptoms
from operations.commands.why.cause import Cause, Certainty
from operations.commands.why.evidence import Evidence
from operations.commands.why.incident import Incident
from operations.commands.why.symptoms import Symptom
from operations.system.tasks import Container, Task

LOG = "last lines of the container's log"
STOPPED = {0, 137, 143}
"""The usual exit codes of containers that ECS stops, because another container of the task has exited."""


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
        return symptoms.find(self.evidence, self.incident)

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
    def new_tasks(self) -> str:
        """The command that starts new tasks of the service."""
        name = self.evidence.settings.name
        return f"`aws ecs update-service --cluster {name} --service {name} --force-new-deployment`"

    @property
    def again(self) -> str:
        """What starts the failed deployment again, after its cause was corrected."""
        return f"Then repeat what failed: `make push`, `make deploy ENV={self.name}`, or {self.new_tasks}"

    @property
    def exited(self) -> tuple[Task, Container] | None:
        """The newest failed task that stopped because a container exited, and this container.

        ECS does not say which container exited first. It sends SIGTERM to the others, and later SIGKILL. It also ends
        the containers of a task that it stops itself, for example after failed health checks.
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
        """
        own = self.evidence.settings.service.container_name
        for task in self.incident.tasks:
            exits = [each for each in task.containers if each.exit_code is not None]
            if exits and task.stop_code != "ServiceSchedulerInitiated":
                return task, min(exits, key=lambda each: (each.exit_code in STOPPED, each.name != own))
        return None

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
