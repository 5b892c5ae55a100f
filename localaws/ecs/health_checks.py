"""Failed health checks: how long ECS runs the unhealthy container, and why ECS then stops the task.

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
    """A health check that a container fails from its start."""

    seconds: float
    """How long the container runs before the service scheduler stops its task."""
    reason: str
    """The task's `stoppedReason`."""
    message: str
    """The service event about the task."""
    container: str | None = None
    """The name of the container if it fails the check in its container definition. None for a load balancer's check."""


def failed(scheduler: Scheduler, service: Service, tasks: list[Task]) -> list[tuple[Task, FailedCheck]]:
    """Return the running tasks that will fail a health check of an essential container, each with that check."""
    found = []
    for task in tasks:
        for container, failure in scheduler.failing.among(task["containers"]):
            definition = scheduler.definition(task, container)
            if failure.exit_code is not None or task["lastStatus"] != RUNNING or not definition["essential"]:
                continue
            if check := _first_failed_check(scheduler.aws, service, definition):
                found.append((task, check))
                break
    return found


def _first_failed_check(aws: Aws, service: Service, container: JsonObject) -> FailedCheck | None:
    """Return the check that a container fails first, or None if it has no health check.

    The service scheduler ignores all health checks during the grace period.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    checks = [*_container_check(container), *_load_balancer_checks(aws, service, container)]
    if not checks:
        return None
    first = min(checks, key=lambda check: check.seconds)
    return replace(first, seconds=max(first.seconds, getattr(service, "health_check_grace_period_seconds", 0)))


def _container_check(container: JsonObject) -> Iterator[FailedCheck]:
    """Yield the health check of the container definition, if it has one.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    if check := container.get("healthCheck"):
        seconds = check.get("startPeriod", 0) + check.get("interval", 30) * check.get("retries", 3)
        reason, message = "Task failed container health checks", "failed container health checks."
        yield FailedCheck(seconds, reason, message, container=container["name"])


def _load_balancer_checks(aws: Aws, service: Service, container: JsonObject) -> Iterator[FailedCheck]:
    """Yield the health checks of the target groups that route to the container.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """
    for each in service.load_balancers:
        if each.get("containerName") == container["name"] and each.get("targetGroupArn"):
            arn, port = each["targetGroupArn"], each["containerPort"]
            [group] = aws.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
            yield FailedCheck(
                seconds=group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"],
                reason=f"Task failed ELB health checks in (target-group {arn})",
                message=f"(port {port}) is unhealthy in (target-group {arn}) due to (reason Health checks failed).",
            )
