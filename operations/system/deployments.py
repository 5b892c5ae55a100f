"""The deployments and the events of a service, as ECS describes them.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef


@dataclass(frozen=True)
class Deployment:
    """A deployment of a service."""

    id: str
    status: str
    """`PRIMARY` for the newest deployment, `ACTIVE` for an older deployment that still has tasks, or `INACTIVE`."""
    revision: str
    """The family and the revision of the task definition, as `shop-dev:7`."""
    rollout_state: str
    """`IN_PROGRESS`, `COMPLETED` or `FAILED`."""
    rollout_reason: str
    failed_tasks: int
    """The number of tasks that failed to start, one after the other. ECS resets it after a successful start."""
    desired_count: int
    running_count: int
    created: datetime

    @classmethod
    def read(cls, described: "DeploymentTypeDef") -> "Deployment":
        """Return the deployment that DescribeServices describes."""
        return cls(
            id=described["id"],
            status=described["status"],
            revision=described["taskDefinition"].rpartition("/")[2],
            rollout_state=described.get("rolloutState", ""),
            rollout_reason=described.get("rolloutStateReason", ""),
            failed_tasks=described.get("failedTasks", 0),
            desired_count=described.get("desiredCount", 0),
            running_count=described.get("runningCount", 0),
            created=described["createdAt"],
        )

    @property
    def rolls_back(self) -> bool:
        """Whether the circuit breaker has started this deployment. After its end, ECS no longer says so."""
        return "rolling back" in self.rollout_reason


@dataclass(frozen=True)
class Event:
    """A message of the service scheduler."""

    time: datetime
    message: str


@dataclass(frozen=True)
class Deployments:
    """The deployments of a service, the newest first, and its events, the newest first."""

    deployments: tuple[Deployment, ...]
    events: tuple[Event, ...]
    desired_count: int
    running_count: int
    pending_count: int
    grace_period_seconds: int
    """The time after the start of a task in which the service scheduler ignores failed health checks."""

    @property
    def primary(self) -> Deployment:
        """The newest deployment."""
        return next(each for each in self.deployments if each.status == "PRIMARY")

    @property
    def failed(self) -> Deployment | None:
        """The newest deployment that the circuit breaker has ended. None if ECS lists no such deployment."""
        failed = [each for each in self.deployments if each.rollout_state == "FAILED"]
        return max(failed, key=lambda each: each.created, default=None)

    @property
    def rolled_back(self) -> Deployment | None:
        """The failed deployment, if the service has been rolled back. None otherwise.

        ECS rolls back to the last completed deployment, which is older than the failed deployment.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        """
        back, primary = self.failed, self.primary
        if not back or back.id == primary.id:
            return None
        if back.created > primary.created:
            return back
        if back.revision == primary.revision:
            return None
        return back if primary.rolls_back or _number(primary.revision) < _number(back.revision) else None


def _number(revision: str) -> int:
    return int(revision.rpartition(":")[2])


def read(service: "ServiceTypeDef") -> Deployments:
    """Return the deployments of a service, as DescribeServices shows the service."""
    return Deployments(
        deployments=tuple(Deployment.read(each) for each in service["deployments"]),
        events=tuple(Event(each["createdAt"], each["message"]) for each in service.get("events", [])),
        desired_count=service["desiredCount"],
        running_count=service["runningCount"],
        pending_count=service.get("pendingCount", 0),
        grace_period_seconds=service.get("healthCheckGracePeriodSeconds", 0),
    )
