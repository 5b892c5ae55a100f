"""Symptoms: the texts with which AWS reports an incident."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.commands.why.evidence import Evidence
from operations.commands.why.incident import Incident
from operations.system.tasks import Task

RECENTLY = timedelta(minutes=15)
"""The time in which a failed task still says something about the health of a service that runs all its tasks."""
COMPLAINTS = re.compile(r"unable to|unhealthy|failed|could not|cannot|insufficient|not enough", re.IGNORECASE)
"""The service events that report a problem.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""


@dataclass(frozen=True)
class Symptom:
    """A text with which AWS reports a failure."""

    place: str
    """Where AWS says it, such as `task 1f0c…`."""
    text: str
    task: Task | None = None

    @property
    def line(self) -> str:
        """The text with its place, as evidence."""
        return f"{self.place}: {self.text}"


def complaints_since(evidence: Evidence, since: datetime) -> list[Symptom]:
    """Return the service events since a time that report a problem, the newest first, without repetitions."""
    events = evidence.service.events if evidence.service else ()
    texts = dict.fromkeys(event.message for event in events if event.time >= since and COMPLAINTS.search(event.message))
    return [Symptom("service event", text) for text in texts]


def find(evidence: Evidence, incident: Incident) -> list[Symptom]:
    """Return the texts about an incident: of its tasks, of the service, of its execution and of its targets."""
    found = [*_of_tasks(incident)]
    if incident.deployment:
        found += complaints_since(evidence, incident.deployment.created)
        found.append(Symptom(f"deployment {incident.deployment.id}", incident.deployment.rollout_reason))
    found += [Symptom(f"action {each.path}", each.error) for each in evidence.actions or [] if each.error]
    if incident.execution:
        found.append(Symptom(f"execution {incident.execution.id}, reason of the stop", incident.execution.stop_reason))
        if evidence.actions is None:
            stages = [each for each in evidence.stages or [] if each.execution == incident.execution.id]
            found += [Symptom(f"stage {each.name}", each.error) for each in stages]
    if not incident.deployment and evidence.service and incident.verdict == "failed":
        recently = evidence.now - RECENTLY
        first = min((task.created for task in incident.tasks), default=recently)
        found += complaints_since(evidence, incident.execution.started if incident.execution else first)
    return [each for each in found if each.text]


def _of_tasks(incident: Incident) -> Iterator[Symptom]:
    seen: set[str] = set()
    for task in incident.tasks:
        texts = [
            task.stopped_reason,
            *(_of_container(each.name, each.reason) for each in task.containers if each.reason),
        ]
        for text in texts:
            if text not in seen:
                seen.add(text)
                yield Symptom(f"task {task.id}", text, task)


def _of_container(name: str, reason: str) -> str:
    return f"container {name}: {reason}"
