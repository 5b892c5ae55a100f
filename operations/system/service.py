"""The image that the service of an environment runs, and the health of its deployment.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
"""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from operations.system import deployments, tasks
from settings import Settings
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef, TaskDefinitionTypeDef

PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
"""The platform of an image for each CPU architecture of a task definition. The default architecture is X86_64.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
"""
DEFAULT_PLATFORM = PLATFORMS["X86_64"]

STARTS = r"\) (has started \d+ tasks|registered \d+ targets|deployment completed)"
"""The events of a service that starts tasks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""


class NotDeployedError(OutsideError):
    """A part of an environment does not exist."""


@dataclass(frozen=True)
class Running:
    """The newest deployment of a service."""

    revision: str
    """The family and the revision of the task definition, as `shop-dev:7`."""
    image: str
    """The image as the task definition names it."""
    digests: frozenset[str]
    """The digest in the name of the image. If the name has a tag instead, the digests that the running tasks pulled."""
    platform: str
    since: datetime
    """When the deployment began."""
    count: int
    """The number of running tasks, also those of older deployments."""
    desired_count: int
    in_progress: bool
    scales_out: bool
    """Whether ECS is starting tasks because the desired count has grown."""
    target_groups: tuple[str, ...]
    """The ARNs of the target groups in which ECS registers the tasks."""
    rolled_back: str
    """The revision whose deployment has failed, if the service runs the roll-back. Empty otherwise."""
    fault: str
    """Why the service is not healthy. Empty if it is healthy."""

    @property
    def digest(self) -> str | None:
        """The digest of the image. None if the tasks run no image, or several images."""
        return next(iter(self.digests)) if len(self.digests) == 1 else None


def named_digest(image: str) -> str | None:
    """Return the digest in the name of an image, or None if the name has a tag."""
    found = re.search(r"@(sha256:[0-9a-f]{64})$", image)
    return found[1] if found else None


def active_service(ecs: "ECSClient", settings: Settings) -> "ServiceTypeDef | None":
    """Return the service of an environment as DescribeServices does, or None if it is not deployed."""
    return described(ecs, settings.name)


def described(ecs: "ECSClient", name: str) -> "ServiceTypeDef | None":
    """Return an active service as DescribeServices does, or None if there is no such service.

    Args:
        ecs: A client of ECS.
        name: The name of the cluster and of the service.
    """
    try:
        services = ecs.describe_services(cluster=name, services=[name])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return None
    return next((service for service in services if service["status"] == "ACTIVE"), None)


def newest_deployment(service: "ServiceTypeDef") -> "DeploymentTypeDef":
    """Return the newest deployment of a service, complete or in progress."""
    return next(each for each in service["deployments"] if each["status"] == "PRIMARY")


def running(ecs: "ECSClient", settings: Settings) -> Running:
    """Return the newest deployment of the service.

    Raises:
        ClientError: AWS refuses the request.
        NotDeployedError: The service does not exist.
        OutsideError: The task definition of the service lacks the container of the settings.
    """
    name, environment = settings.name, settings.environment
    service = active_service(ecs, settings)
    if not service:
        raise NotDeployedError(f"{environment}: the service {name} does not exist; run make deploy ENV={environment}")
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    image = _image(definition, settings)
    named = named_digest(image)
    architecture = definition.get("runtimePlatform", {}).get("cpuArchitecture") or "X86_64"
    primary = newest_deployment(service)
    failed = deployments.read(service).rolled_back
    return Running(
        revision=f"{definition['family']}:{definition['revision']}",
        image=image,
        digests=frozenset([named] if named else _pulled(ecs, name, settings.service.container_name)),
        platform=PLATFORMS[architecture],
        since=primary["createdAt"],
        count=service["runningCount"],
        desired_count=service["desiredCount"],
        in_progress=primary.get("rolloutState") == "IN_PROGRESS",
        scales_out=_scales_out(service, primary),
        target_groups=tuple(each["targetGroupArn"] for each in service["loadBalancers"] if "targetGroupArn" in each),
        rolled_back=failed.revision if failed else "",
        fault=_fault(service, primary),
    )


def _image(definition: "TaskDefinitionTypeDef", settings: Settings) -> str:
    images = {container["name"]: container["image"] for container in definition["containerDefinitions"]}
    environment, container = settings.environment, settings.service.container_name
    if container not in images:
        raise OutsideError(
            f"{environment}.service.container_name: must be a container of the task definition, got {container!r}; "
            f"run make deploy ENV={environment}"
        )
    return images[container]


def _fault(service: "ServiceTypeDef", primary: "DeploymentTypeDef") -> str:
    state, desired, count = primary.get("rolloutState"), service["desiredCount"], service["runningCount"]
    if state != "COMPLETED":
        return f"its deployment {primary['id']} is {state}: {primary.get('rolloutStateReason')}"
    if count != desired:
        return f"{count} of {desired} tasks run"
    return "" if desired else "no task runs (the desired count of the service is 0)"


def _scales_out(service: "ServiceTypeDef", primary: "DeploymentTypeDef") -> bool:
    """Return whether tasks are pending, and ECS has only started tasks since the last steady state.

    A task that has stopped or is unhealthy has its own event.
    """
    complete = primary.get("rolloutState") == "COMPLETED"
    messages = [event["message"] for event in service["events"]]
    newest = [*takewhile(lambda message: "has reached a steady state" not in message, messages)]
    starts = all(re.search(STARTS, message) for message in newest)
    return complete and bool(service["pendingCount"]) and bool(newest) and starts


def _pulled(ecs: "ECSClient", name: str, container: str) -> set[str]:
    """Return the digests that the running tasks have pulled for a container."""
    running = tasks.of_service(ecs, name, desired=["RUNNING"])
    return {each.digest for task in running for each in task.containers if each.name == container and each.digest}
