"""The service: whether its newest deployment fails or has failed, and whether its tasks are healthy.

A circuit breaker's roll-back is an effect. The tasks of the failed deployment show the cause.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from operations.commands.why.evidence import Evidence
from operations.commands.why.incident import Incident, Verdict
from operations.commands.why.symptoms import RECENTLY, complaints_since
from operations.system.deployments import Deployment, Deployments
from operations.system.load_balancer import HEALTHY
from operations.system.tasks import Task

FAILED_TO_RUN = {"TaskFailedToStart", "EssentialContainerExited", "TerminationNotice"}
"""Stop codes of tasks that nobody wanted to stop.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""
OFTEN = 3
"""The number of failed tasks of a complete deployment that are no longer a task that ECS has replaced."""


def failed(task: Task) -> bool:
    """Return whether a task stopped although nobody wanted to stop it."""
    if task.desired_status != "STOPPED":
        return False
    if task.stop_code in FAILED_TO_RUN:
        return True
    return task.stop_code != "UserInitiated" and "health check" in task.stopped_reason.lower()


def state(evidence: Evidence) -> Incident | None:
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
