"""One-off tasks: a task of a revision of the service runs one command, and then stops.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html
"""

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from operations.system.access import Access
from operations.system.tasks import Task
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import RunTaskRequestTypeDef, ServiceTypeDef, TaskOverrideTypeDef

MOST_CHARACTERS = 8192
"""The limit of the overrides of a task, with the characters of their JSON.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""


class OneOffTasks:
    """The one-off tasks of an environment. The methods raise ClientError for requests that ECS refuses.

    Args:
        access: The settings and the clients.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._ecs = access.client("ecs")
        self._cluster = access.settings.name

    def length(self, command: Sequence[str]) -> int:
        """Return the number of characters that a command needs of `MOST_CHARACTERS`."""
        return len(json.dumps(self._overrides(command)))

    def start(self, revision: str, command: Sequence[str], *, started_by: str, ecs_exec: bool = False) -> Task:
        """Start a task with the network, the platform version and the capacity of the service, and return the task.

        The container of the settings runs the command in place of the command of its image. The entry point of the
        image stays.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html

        Args:
            revision: The family and the revision of the task definition, as `shop-dev:7`.
            command: The program with its arguments.
            started_by: The mark of the task: at most 128 letters, digits, hyphens, slashes and underscores.
            ecs_exec: Whether the task accepts sessions.

        Raises:
            NotDeployedError: The service does not exist.
            OutsideError: ECS starts no task, for example because Fargate has no capacity.
        """
        request: RunTaskRequestTypeDef = {
            "cluster": self._cluster,
            "taskDefinition": revision,
            "overrides": self._overrides(command),
            "startedBy": started_by,
            **_placement(self._access.service()),
        }
        if ecs_exec:
            request["enableExecuteCommand"] = True
        answer = self._ecs.run_task(**request)
        if not answer["tasks"]:
            reasons = ", ".join(each.get("reason", "") for each in answer["failures"])
            raise OutsideError(f"{self._access.name}: ECS started no task: {reasons}")
        return Task.read(answer["tasks"][0])

    def find(self, task: str) -> Task | None:
        """Return a task by its id or ARN, or None if ECS does not know it."""
        described = self._ecs.describe_tasks(cluster=self._cluster, tasks=[task])["tasks"]
        return Task.read(described[0]) if described else None

    def stop(self, task: Task, reason: str) -> None:
        """Stop a task. Its command gets SIGTERM, and SIGKILL after the stop time-out of the container.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
        """
        self._ecs.stop_task(cluster=self._cluster, task=task.arn, reason=reason)

    def stop_command(self, task: Task) -> str:
        """Return the command of the AWS CLI that stops a task."""
        return self._cli("stop-task", "--task", task.id)

    def list_command(self, started_by: str) -> str:
        """Return the command of the AWS CLI that lists the tasks with a mark."""
        return self._cli("list-tasks", "--started-by", started_by)

    def _cli(self, operation: str, *options: str) -> str:
        region = self._access.settings.region
        return shlex.join(["aws", "ecs", operation, "--region", region, "--cluster", self._cluster, *options])

    def _overrides(self, command: Sequence[str]) -> "TaskOverrideTypeDef":
        container = self._access.settings.service.container_name
        return {"containerOverrides": [{"name": container, "command": [*command]}]}


def _placement(service: "ServiceTypeDef") -> "RunTaskRequestTypeDef":
    """Return where ECS places the tasks of a service, as members of a request of RunTask."""
    names = ("networkConfiguration", "platformVersion", "capacityProviderStrategy", "launchType")
    found = {name: service[name] for name in names if service.get(name)}  # type: ignore[literal-required] # from a list
    if "capacityProviderStrategy" in found:
        found.pop("launchType", None)  # ECS accepts only one of the two
    return found  # type: ignore[return-value] # members of a request, without its required members
