"""The revisions of the task definition of an environment, as ECS describes them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from operations.system.service import named_digest
from operations.wait import every

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import TaskDefinitionTypeDef

SECONDS = 20.0
"""The time for the descriptions of all revisions, which are read at the same time."""


@dataclass(frozen=True)
class Revision:
    """A revision of the task definition."""

    name: str
    """The family and the revision, as `shop-dev:7`."""
    image: str
    """The image as the container definition names it."""
    registered: datetime
    registered_by: str
    """The ARN of the principal that has registered the revision."""

    @property
    def digest(self) -> str | None:
        """The digest in the name of the image. None if the name has a tag."""
        return named_digest(self.image)

    @classmethod
    def read(cls, described: "TaskDefinitionTypeDef", container: str) -> "Revision":
        """Return the revision that DescribeTaskDefinition describes."""
        containers = described["containerDefinitions"]
        image = next((each["image"] for each in containers if each["name"] == container), containers[0]["image"])
        return cls(
            name=f"{described['family']}:{described['revision']}",
            image=image,
            registered=described["registeredAt"],
            registered_by=described.get("registeredBy", ""),
        )


def newest(ecs: "ECSClient", family: str, container: str, number: int) -> list[Revision]:
    """Return the newest active revisions of a family, the newest first.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html

    Args:
        ecs: A client of ECS.
        family: The family.
        container: The name of the container with the image. Before a change of the name, another container has it.
        number: The number of revisions, at most 100.

    Raises:
        ClientError: AWS refuses a request.
    """
    arns = ecs.list_task_definitions(familyPrefix=family, sort="DESC", maxResults=100)["taskDefinitionArns"]
    wanted = sorted(arns, key=lambda arn: int(arn.rpartition(":")[2]), reverse=True)[:number]
    described = every({arn: partial(ecs.describe_task_definition, taskDefinition=arn) for arn in wanted}, SECONDS)
    return [Revision.read(each["taskDefinition"], container) for each in described.values()]
