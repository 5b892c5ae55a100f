"""ECS: how long a container that is not healthy keeps running, and why its task stops then.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from moto.ecs.models import Service

from localaws.ecs.scheduler import Scheduler
from localaws.ecs.service_tasks import RUNNING, Task
from localaws.iam.roles import Aws
from localaws.json_types import JsonObject


@dataclass(frozen=True)
class FailedCheck:
    """A health check that a container fails from its start on."""

    seconds: float
    """How long the container runs until the service scheduler stops its task."""
    reason: str
    """The task's `stoppedReason`."""
    message: str
    """What the service scheduler says of the task."""
    container: str | None = None
    """The container, if the check is its own."""


def failed(scheduler: Scheduler, service: Service, tasks: list[Task]) -> list[tuple[Task, FailedCheck]]:
    """Return the tasks that run and will fail a health check of an essential container, each with that check."""
    found = []
    for task in tasks:
        for container, code in scheduler.failing.among(task["containers"]):
            definition = scheduler.definition(task, container)
            if code is not None or task["lastStatus"] != RUNNING or not definition["essential"]:
                continue
            if check := _failed_by(scheduler.aws, service, definition):
                found.append((task, check))
                break
    return found


def _failed_by(aws: Aws, service: Service, container: JsonObject) -> FailedCheck | None:
    """Return the check that a container definition's container fails first, or None if nothing checks it.

    The service scheduler ignores every check until the grace period is over.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    checks = [*_own(container), *_of_load_balancers(aws, service, container)]
    if not checks:
        return None
    first = min(checks, key=lambda check: check.seconds)
    return replace(first, seconds=max(first.seconds, getattr(service, "health_check_grace_period_seconds", 0)))


def _own(container: JsonObject) -> Iterator[FailedCheck]:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"""
    if check := container.get("healthCheck"):
        seconds = check.get("startPeriod", 0) + check.get("interval", 30) * check.get("retries", 3)
        reason, message = "Task failed container health checks", "failed container health checks."
        yield FailedCheck(seconds, reason, message, container=container["name"])


def _of_load_balancers(aws: Aws, service: Service, container: JsonObject) -> Iterator[FailedCheck]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    for each in service.load_balancers:
        if each.get("containerName") == container["name"] and each.get("targetGroupArn"):
            arn, port = each["targetGroupArn"], each["containerPort"]
            [group] = aws.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
            yield FailedCheck(
                seconds=group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"],
                reason=f"Task failed ELB health checks in (target-group {arn})",
                message=f"(port {port}) is unhealthy in (target-group {arn}) due to (reason Health checks failed).",
            )
