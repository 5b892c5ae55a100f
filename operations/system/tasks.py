"""The tasks of a service, as ECS describes them: those that run, and those that stopped in the last hour.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.literals import DesiredStatusType
    from types_boto3_ecs.type_defs import ContainerTypeDef, TaskTypeDef

MOST_TASKS = 100
"""The limit of tasks in one request of DescribeTasks.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
"""


@dataclass(frozen=True)
class Container:
    """A container of a task."""

    name: str
    digest: str | None
    """The digest of the image. None if ECS has not pulled the image."""
    exit_code: int | None
    """The exit code. None if the container runs, or has never run."""
    reason: str
    """Details about a stopped container, such as `OutOfMemoryError: ...`. Often empty."""
    runtime_id: str = ""
    """The id of the container on its host. Empty if the container has not started."""
    agent: str = ""
    """The status of the agent of ECS Exec, such as `RUNNING`. Empty if the task was started without ECS Exec."""

    @classmethod
    def read(cls, described: "ContainerTypeDef") -> "Container":
        """Return the container that DescribeTasks describes."""
        return cls(
            name=described["name"],
            digest=described.get("imageDigest"),
            exit_code=described.get("exitCode"),
            reason=described.get("reason", ""),
            runtime_id=described.get("runtimeId", ""),
            agent=next((each.get("lastStatus", "") for each in described.get("managedAgents", [])), ""),
        )


@dataclass(frozen=True)
class Task:
    """A task of a service."""

    arn: str
    id: str
    revision: str
    """The family and the revision of the task definition, as `shop-dev:7`."""
    status: str
    """The last status, such as `PENDING`, `RUNNING` or `STOPPED`."""
    desired_status: str
    """`RUNNING`, or `STOPPED` for a task that has stopped or is about to stop."""
    health: str
    """`HEALTHY`, `UNHEALTHY`, or `UNKNOWN` if no essential container has a health check."""
    created: datetime
    started: datetime | None
    """When the task began to run. None if its containers have not started."""
    stopped: datetime | None
    stop_code: str
    """The kind of the stop, such as `EssentialContainerExited`. Empty for a task that runs."""
    stopped_reason: str
    started_by: str
    """The id of the deployment that started the task."""
    containers: tuple[Container, ...]

    @classmethod
    def read(cls, described: "TaskTypeDef") -> "Task":
        """Return the task that DescribeTasks describes."""
        id_ = described["taskArn"].rpartition("/")[2]
        return cls(
            arn=described["taskArn"],
            id=id_,
            revision=described["taskDefinitionArn"].rpartition("/")[2],
            status=described["lastStatus"],
            desired_status=described["desiredStatus"],
            health=described.get("healthStatus", "UNKNOWN"),
            created=described["createdAt"],
            started=described.get("startedAt"),
            stopped=described.get("stoppedAt"),
            stop_code=described.get("stopCode", ""),
            stopped_reason=described.get("stoppedReason", ""),
            started_by=described.get("startedBy", ""),
            containers=tuple(Container.read(each) for each in described.get("containers", [])),
        )

    @property
    def is_running(self) -> bool:
        """Whether the task runs, and is not about to stop."""
        return (self.status, self.desired_status) == ("RUNNING", "RUNNING")


def of_service(
    ecs: "ECSClient", name: str, *, desired: "Sequence[DesiredStatusType]" = ("RUNNING", "STOPPED")
) -> list[Task]:
    """Return the tasks of a service, the newest first.

    ECS returns a stopped task for at least an hour.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html

    Args:
        ecs: A client of ECS.
        name: The name of the cluster and of the service.
        desired: The desired statuses of the tasks.

    Raises:
        ClientError: AWS refuses a request, for example because the cluster or the service does not exist.
    """
    arns = list(dict.fromkeys(arn for status in desired for arn in _listed(ecs, name, status)))
    tasks = [
        Task.read(described)
        for first in range(0, len(arns), MOST_TASKS)
        for described in ecs.describe_tasks(cluster=name, tasks=arns[first : first + MOST_TASKS])["tasks"]
    ]
    return sorted(tasks, key=lambda task: task.created, reverse=True)


def _listed(ecs: "ECSClient", name: str, status: "DesiredStatusType") -> Iterator[str]:
    pages = ecs.get_paginator("list_tasks").paginate(cluster=name, serviceName=name, desiredStatus=status)
    for page in pages:
        yield from page["taskArns"]
