"""Incident: what is wrong in an environment, and the texts in which AWS says so. The causes come later.

A circuit breaker's roll-back and a stopped execution are effects. The tasks of the failed deployment show the cause.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from operations.commands.why.evidence import Evidence
from operations.system.deployments import Deployment, Deployments
from operations.system.load_balancer import HEALTHY
from operations.system.pipeline import Execution, Stage
from operations.system.tasks import Task

Verdict = Literal["healthy", "in progress", "not healthy", "failed", "unknown"]
"""What the command says first.

- `not healthy`: the service or the database is not healthy now, or the certificate cannot be used.
- `failed`: the newest deployment or execution has failed. The service can be healthy nevertheless.
- `in progress`: a deployment or an execution is in progress, and nothing has failed so far.
- `unknown`: nothing that was read is wrong, but the service or the pipeline was not read.
"""

IN_PROGRESS = {"InProgress", "Stopping"}
FAILED = {"Failed", "Stopped", "Cancelled"}
"""Statuses of an execution.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html
"""

FAILED_TO_RUN = {"TaskFailedToStart", "EssentialContainerExited", "TerminationNotice"}
"""Stop codes of tasks that nobody wanted to stop.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

OFTEN = 3
"""The number of failed tasks of a complete deployment that are no longer a task that ECS has replaced."""
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


@dataclass(frozen=True)
class Incident:
    """What is wrong, or that nothing is wrong."""

    verdict: Verdict
    text: str
    notes: tuple[str, ...] = ()
    """What looks unusual and is not wrong."""
    deployment: Deployment | None = None
    """The deployment that fails or has failed. None if no deployment has failed, or if ECS no longer lists it."""
    execution: Execution | None = None
    """The execution that has failed."""
    tasks: tuple[Task, ...] = ()
    """The failed tasks of the deployment or of the service, the newest first."""
    waiting: Stage | None = None
    """The stage whose disabled transition holds the newest execution."""

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong, so that it needs a cause."""
        return self.verdict in ("not healthy", "failed")

    @property
    def revision(self) -> str | None:
        """The name of the revision that fails. None if no task or deployment shows it."""
        if self.tasks:
            return self.tasks[0].revision
        return self.deployment.revision if self.deployment else None


def failed(task: Task) -> bool:
    """Return whether a task stopped although nobody wanted to stop it."""
    if task.desired_status != "STOPPED":
        return False
    if task.stop_code in FAILED_TO_RUN:
        return True
    return task.stop_code != "UserInitiated" and "health check" in task.stopped_reason.lower()


def find(evidence: Evidence) -> Incident:
    """Return what is wrong now, otherwise what has failed last, otherwise what is in progress."""
    service, pipeline = _service(evidence), _pipeline(evidence)
    found = [each for each in (service, pipeline, *_others(evidence)) if each]
    notes = tuple(note for each in found for note in each.notes)
    for verdict in ("not healthy", "failed", "in progress"):
        if same := [each for each in found if each.verdict == verdict]:
            return _together(same, service, pipeline, notes)
    if not service or not pipeline:
        missing = " and ".join(name for name, part in (("service", service), ("pipeline", pipeline)) if not part)
        return Incident("unknown", f"the {missing} could not be read", notes)
    return Incident("healthy", service.text, notes)


def _together(
    same: list[Incident], service: Incident | None, pipeline: Incident | None, notes: tuple[str, ...]
) -> Incident:
    """Return one incident. The failed execution belongs to a failed deployment, and the other way around.

    A service or a database that is not healthy now has another cause than an execution that failed before.
    """
    first = same[0]
    if pipeline and pipeline.is_wrong and pipeline not in same and not _deployed(pipeline.execution, service):
        notes, pipeline = (*notes, pipeline.text), None
    execution = pipeline.execution if pipeline else None
    tasks = first.tasks or (service.tasks if service else ())
    return Incident(
        verdict=first.verdict,
        text="; ".join(dict.fromkeys(each.text for each in same)),
        notes=notes,
        deployment=service.deployment if service else None,
        execution=execution,
        tasks=tasks or (pipeline.tasks if pipeline else ()),
        waiting=pipeline.waiting if pipeline else None,
    )


def _deployed(execution: Execution | None, service: Incident | None) -> bool:
    """Return whether an execution has started the deployment that fails."""
    deployment = service.deployment if service else None
    return bool(execution and deployment and execution.started <= deployment.created <= execution.changed)


def _service(evidence: Evidence) -> Incident | None:
    """Return the state of the service, or None if the service was not read."""
    service = evidence.service
    if not service:
        return None
    primary = service.primary
    tasks = [task for task in evidence.tasks or [] if failed(task)]
    own = tuple(task for task in tasks if task.started_by == primary.id)
    counts = f"{service.running_count} of {service.desired_count} tasks run"
    if primary.rollout_state == "FAILED":
        text = f"the deployment of {primary.revision} has failed; {counts}"
        return Incident("not healthy", text, deployment=primary, tasks=own)
    if back := service.rolled_back:
        verdict: Verdict = "failed" if service.running_count >= service.desired_count else "not healthy"
        text = f"the deployment of {back.revision} has failed, and ECS rolled back to {primary.revision}; {counts}"
        return Incident(verdict, text, deployment=back, tasks=_of(back, tasks))
    if primary.rolls_back:
        text = f"a deployment has failed, and ECS rolls back to {primary.revision}; {counts}"
        return Incident("failed", text, tasks=_of_newest([task for task in tasks if task.started_by != primary.id]))
    if not service.desired_count:
        note = "no task runs, because the desired count of the service is 0"
        return Incident("healthy", "no task is desired", (note,))
    if primary.rollout_state == "IN_PROGRESS":
        return _rollout(evidence, service, own)
    return _steady(evidence, service, tuple(tasks))


def _of(deployment: Deployment, tasks: list[Task]) -> tuple[Task, ...]:
    own = tuple(task for task in tasks if task.started_by == deployment.id)
    return own or tuple(task for task in tasks if task.revision == deployment.revision)


def _of_newest(tasks: list[Task]) -> tuple[Task, ...]:
    """Return the tasks of the deployment that started the newest task. Earlier deployments failed for other reasons."""
    return tuple(task for task in tasks if task.started_by == tasks[0].started_by)


def _rollout(evidence: Evidence, service: Deployments, failures: tuple[Task, ...]) -> Incident:
    """Return whether a deployment in progress fails. Tasks that still start, or wait for health checks, do not fail."""
    primary = service.primary
    complaints = [each for each in complaints_since(evidence, primary.created) if "unable to place" in each.text]
    desired = primary.desired_count or service.desired_count
    running = f"{primary.running_count} of {desired} new tasks run"
    replaced = primary.running_count >= desired and len(failures) < OFTEN
    if primary.failed_tasks or ((failures or complaints) and not replaced):
        text = f"the tasks of {primary.revision} fail; {running}"
        return Incident("not healthy", text, deployment=primary, tasks=failures)
    if unhealthy := _unhealthy_after_grace(evidence, service):
        text = f"the deployment of {primary.revision} cannot complete, because {unhealthy}"
        return Incident("not healthy", text, deployment=primary, tasks=failures)
    return Incident(
        "in progress", f"the deployment of {primary.revision} is in progress; {running}", _replaced(failures)
    )


def _steady(evidence: Evidence, service: Deployments, failures: tuple[Task, ...]) -> Incident:
    """Return the health of a service whose deployment is complete."""
    primary = service.primary
    since = max(primary.created, evidence.now - RECENTLY)  # earlier tasks may have failed in earlier deployments
    recent = tuple(task for task in failures if task.stopped and task.stopped > since)
    text = f"{service.running_count} of {service.desired_count} tasks of {primary.revision} run"
    if service.running_count < service.desired_count:
        steady = _steady_since(service)
        latest = tuple(task for task in failures if task.stopped and task.stopped > steady)
        if latest or complaints_since(evidence, steady) or not service.pending_count:
            own = tuple(task for task in failures if task.stopped and task.stopped > primary.created)
            return Incident("not healthy", text, deployment=primary, tasks=latest or own)
        return Incident("in progress", f"{text}; another task starts")
    if unhealthy := _unhealthy_after_grace(evidence, service):
        return Incident("not healthy", f"{text}, but {unhealthy}", deployment=primary, tasks=failures)
    if len(recent) >= OFTEN:
        often = f"{text}, but {len(recent)} tasks failed in the last 15 minutes"
        return Incident("not healthy", often, deployment=primary, tasks=recent)
    listed = tuple(task for task in failures if task.stopped and task.stopped > primary.created)
    if recent and len(listed) >= OFTEN:
        often = f"{text}, but {len(listed)} tasks failed in the last hour"
        return Incident("not healthy", often, deployment=primary, tasks=listed)
    return Incident("healthy", text, _replaced(recent))


def _replaced(tasks: Iterable[Task]) -> tuple[str, ...]:
    return tuple(f"task {task.id} failed ({task.stopped_reason}), and ECS replaced it" for task in tasks)


def _steady_since(service: Deployments) -> datetime:
    """Return when the service was last in a steady state. ECS reports this state again and again."""
    steady = [event.time for event in service.events if "steady state" in event.message]
    return max([*steady, service.primary.created])


def _unhealthy_after_grace(evidence: Evidence, service: Deployments) -> str:
    """Return which targets or tasks are unhealthy, or an empty text. The grace period of the tasks must be over."""
    grace = timedelta(seconds=service.grace_period_seconds)
    running = [task for task in evidence.tasks or [] if task.desired_status == "RUNNING"]
    if any(not task.started or evidence.now - task.started < grace for task in running):
        return ""
    states = [target.state for target in evidence.targets or []]
    healthy, unhealthy = states.count(HEALTHY), states.count("unhealthy")
    if unhealthy and healthy < service.desired_count:
        return f"{unhealthy} of {len(states)} targets of the load balancer are unhealthy"
    ill = [task for task in running if task.health == "UNHEALTHY"]
    return f"the container of {len(ill)} tasks fails its health check" if ill else ""


def _pipeline(evidence: Evidence) -> Incident | None:
    """Return the state of the newest execution that was not superseded. Return None if the pipeline was not read."""
    if evidence.executions is None and evidence.stages is None:
        return None
    stages = evidence.stages or []
    notes = tuple(_notes(stages))
    newest = next(
        (each for each in evidence.executions or _of_stages(stages, evidence) if each.status != "Superseded"), None
    )
    if newest is None:
        return Incident("healthy", "the pipeline never ran", notes)
    held = next((stage for stage in stages if stage.disabled and newest.id in stage.waiting), None)
    if held and newest.status in IN_PROGRESS:
        text = f"execution {newest.id} waits for the stage {held.name}"
        return Incident("failed", text, execution=newest, waiting=held)
    if newest.status in IN_PROGRESS:
        return Incident("in progress", f"execution {newest.id} is {newest.status}", notes)
    if newest.status in FAILED:
        return Incident(
            "failed",
            f"execution {newest.id} is {newest.status}",
            notes,
            execution=newest,
            tasks=_during(evidence, newest),
        )
    return Incident("healthy", f"execution {newest.id} is {newest.status}", notes)


def _notes(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        if stage.disabled and not stage.waiting:
            yield f"the transition into stage {stage.name} is disabled ({stage.disabled}); no execution waits for it"


def _of_stages(stages: list[Stage], evidence: Evidence) -> list[Execution]:
    """Return the last executions of the stages, the newest first, if the executions could not be listed."""
    seen = [stage for stage in stages if stage.status]
    newest = sorted(seen, key=lambda stage: stage.changed or evidence.now, reverse=True)
    return [_of_stage(stage, stage.changed or evidence.now) for stage in newest]


def _of_stage(stage: Stage, changed: datetime) -> Execution:
    return Execution(
        id=stage.execution,
        status=stage.status,
        started=changed,
        changed=changed,
        digest="",
        trigger="",
        trigger_detail="",
        summary="",
    )


def _during(evidence: Evidence, execution: Execution) -> tuple[Task, ...]:
    """Return the failed tasks that began during an execution."""
    return tuple(
        task for task in evidence.tasks or [] if failed(task) and execution.started <= task.created <= execution.changed
    )


def _others(evidence: Evidence) -> Iterator[Incident]:
    """Yield what is wrong with the certificate and the database."""
    if evidence.certificate and evidence.certificate.status != "ISSUED":
        found = evidence.certificate
        yield Incident("not healthy", f"the certificate of {found.domain} is {found.status}")
    if evidence.database and evidence.database.status in BROKEN:
        yield Incident("not healthy", f"the database is {evidence.database.status}")


BROKEN = {
    "delete-precheck",
    "deleting",
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-create",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "restore-error",
    "stopped",
    "stopping",
    "storage-full",
}
"""Statuses of a database that accepts no connections, or soon accepts none.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
"""


def complaints_since(evidence: Evidence, since: datetime) -> list[Symptom]:
    """Return the service events since a time that report a problem, the newest first, without repetitions."""
    events = evidence.service.events if evidence.service else ()
    texts = dict.fromkeys(event.message for event in events if event.time >= since and COMPLAINTS.search(event.message))
    return [Symptom("service event", text) for text in texts]


def symptoms(evidence: Evidence, incident: Incident) -> list[Symptom]:
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
