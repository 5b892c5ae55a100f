"""The definition of a revision: what a task needs to start, and how two revisions differ.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from operations.system.logs.streams import Streams, of_container
from operations.system.service import PLATFORMS, named_digest
from operations.wait import every

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import TaskDefinitionTypeDef

SECONDS = 20.0
"""The time for the descriptions of several revisions, which are read at the same time."""
EPHEMERAL_GIB = 20
"""The ephemeral storage that a task on Fargate has by default.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
"""


@dataclass(frozen=True)
class Definition:
    """A revision, with the settings of one of its containers."""

    name: str
    """The family and the revision, as `shop-dev:7`."""
    image: str
    """The image as the revision names it."""
    platform: str
    cpu: str
    memory: str
    ports: tuple[int, ...]
    variables: Mapping[str, str]
    """The environment variables by name. A command must not print the values."""
    secrets: Mapping[str, str]
    """The ARNs of secrets and parameters, by the name of the environment variable."""
    execution_role: str
    task_role: str
    user: str
    command: tuple[str, ...]
    registered: datetime
    registered_by: str
    """The ARN of the principal that has registered the revision."""
    logs: Streams | None
    """The log streams of the container. None if it does not write to CloudWatch Logs."""
    readonly_root: bool = False
    """Whether the root file system of the container is read-only."""
    ephemeral_gib: int = EPHEMERAL_GIB
    """The ephemeral storage of a task."""

    @classmethod
    def read(cls, definition: "TaskDefinitionTypeDef", container: str) -> "Definition":
        """Return the revision that DescribeTaskDefinition describes.

        Args:
            definition: The task definition.
            container: The name of the container. If no container has this name, the first container counts.
        """
        containers = definition["containerDefinitions"]
        found = next((each for each in containers if each["name"] == container), containers[0])
        architecture = definition.get("runtimePlatform", {}).get("cpuArchitecture") or "X86_64"
        return cls(
            name=f"{definition['family']}:{definition['revision']}",
            image=found["image"],
            platform=PLATFORMS[architecture],
            cpu=definition.get("cpu", ""),
            memory=definition.get("memory", ""),
            ports=tuple(each["containerPort"] for each in found.get("portMappings", []) if "containerPort" in each),
            variables={each["name"]: each.get("value", "") for each in found.get("environment", [])},
            secrets={each["name"]: each["valueFrom"] for each in found.get("secrets", [])},
            execution_role=definition.get("executionRoleArn", ""),
            task_role=definition.get("taskRoleArn", ""),
            user=found.get("user", ""),
            command=tuple(found.get("command", [])),
            registered=definition["registeredAt"],
            registered_by=definition.get("registeredBy", ""),
            logs=of_container(definition, found["name"]),
            readonly_root=found.get("readonlyRootFilesystem", False),
            ephemeral_gib=definition.get("ephemeralStorage", {}).get("sizeInGiB", EPHEMERAL_GIB),
        )

    @property
    def digest(self) -> str | None:
        """The digest in the name of the image. None if the revision names the image by a tag."""
        return named_digest(self.image)

    @property
    def tag(self) -> str | None:
        """The tag in the name of the image. None if the revision names the image by its digest."""
        name = self.image.rpartition("/")[2]
        return None if "@" in name else name.partition(":")[2] or "latest"

    @property
    def repository(self) -> str:
        """The registry and the repository in the name of the image."""
        return re.split(r"@|:(?=[^/]*$)", self.image)[0]

    def differences(self, earlier: "Definition") -> Iterator[str]:
        """Yield each difference from an earlier revision, without the values of variables."""
        if self.image != earlier.image:
            same = self.repository == earlier.repository
            before, after = (each.digest or each.tag if same else each.image for each in (earlier, self))
            yield f"image: {before} -> {after}"
        for what in ("platform", "cpu", "memory", "ports", "user", "command", "execution_role", "task_role"):
            before, after = getattr(earlier, what), getattr(self, what)
            if before != after:
                yield f"{what.replace('_', ' ')}: {_text(before)} -> {_text(after)}"
        yield from _named("variable", earlier.variables, self.variables)
        yield from _named("secret", earlier.secrets, self.secrets)


def find(ecs: "ECSClient", name: str, container: str) -> Definition:
    """Return a revision.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html

    Args:
        ecs: A client of ECS.
        name: The family and the revision, as `shop-dev:7`.
        container: The name of the container.
    """
    return Definition.read(ecs.describe_task_definition(taskDefinition=name)["taskDefinition"], container)


def newest(ecs: "ECSClient", family: str, container: str, number: int) -> list[Definition]:
    """Return the newest active revisions of a family, the newest first.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html

    Args:
        ecs: A client of ECS.
        family: The family.
        container: The name of the container. Before a change of the name, another container has the image.
        number: The number of revisions, at most 100.

    Raises:
        ClientError: AWS refuses a request.
    """
    arns = ecs.list_task_definitions(familyPrefix=family, sort="DESC", maxResults=100)["taskDefinitionArns"]
    wanted = sorted(arns, key=lambda arn: int(arn.rpartition(":")[2]), reverse=True)[:number]
    described = every({arn: partial(ecs.describe_task_definition, taskDefinition=arn) for arn in wanted}, SECONDS)
    return [Definition.read(each["taskDefinition"], container) for each in described.values()]


def _named(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield each difference between variables, without their values, or between secrets, with their ARNs."""
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"{kind} {name}: added"
        elif name not in after:
            yield f"{kind} {name}: removed"
        elif before[name] != after[name]:
            yield f"{kind} {name}: {before[name]} -> {after[name]}" if kind == "secret" else f"{kind} {name}: changed"


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value) or "none"
