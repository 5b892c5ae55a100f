"""What the service of an environment runs, and whether it runs well.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
"""

import re
from dataclasses import dataclass
from typing import Any

from settings import Settings
from tools.outside import OutsideError

PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}
"""The platform of an image for each CPU architecture of a task definition, which is X86_64 if it has none.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
"""


@dataclass(frozen=True)
class Running:
    """The newest deployment of a service."""

    revision: str
    """The family and the revision of its task definition, as `shop-dev:7`."""
    image: str
    """The image as the task definition names it."""
    digests: frozenset[str]
    """The digest in that name. If it has a tag instead: what the running tasks have pulled."""
    platform: str
    in_progress: bool
    fault: str
    """Why the service does not run healthily; empty if it does."""

    @property
    def digest(self) -> str | None:
        """The one digest that runs, or None if there is no such."""
        return next(iter(self.digests)) if len(self.digests) == 1 else None


def running(ecs: Any, settings: Settings) -> Running:
    """Read what the service runs.

    Raises:
        ClientError: There is no such cluster, or AWS refuses to tell.
        OutsideError: There is no such service, or its task definition lacks the container of the settings.
    """
    name, environment = settings.name, settings.environment
    services = ecs.describe_services(cluster=name, services=[name])["services"]
    active = [service for service in services if service["status"] == "ACTIVE"]
    if not active:
        raise OutsideError(f"{environment}: has no service {name}; run make deploy ENV={environment}")
    [service] = active
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    images = {each["name"]: each["image"] for each in definition["containerDefinitions"]}
    container = settings.service.container_name
    if container not in images:
        raise OutsideError(
            f"{environment}.service.container_name: the task definition has no such container, got {container!r}; "
            f"run make deploy ENV={environment}"
        )
    named = re.search(r"@(sha256:[0-9a-f]{64})$", images[container])
    architecture = definition.get("runtimePlatform", {}).get("cpuArchitecture") or "X86_64"
    primary = next(each for each in service["deployments"] if each["status"] == "PRIMARY")
    return Running(
        revision=f"{definition['family']}:{definition['revision']}",
        image=images[container],
        digests=frozenset([named[1]] if named else _pulled(ecs, name, container)),
        platform=PLATFORMS[architecture],
        in_progress=primary.get("rolloutState") == "IN_PROGRESS",
        fault=_fault(service, primary),
    )


def _fault(service: dict[str, Any], primary: dict[str, Any]) -> str:
    state, wanted, count = primary.get("rolloutState"), service["desiredCount"], service["runningCount"]
    if state != "COMPLETED":
        return f"its deployment {primary['id']} is {state}: {primary.get('rolloutStateReason')}"
    if count != wanted:
        return f"{count} of {wanted} tasks run"
    return "" if wanted else "no task runs (its desired count is 0)"


def _pulled(ecs: Any, name: str, container: str) -> set[str]:
    """The digests that the running tasks have pulled for a container.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html
    """
    arns = ecs.list_tasks(cluster=name, serviceName=name, desiredStatus="RUNNING")["taskArns"]
    tasks = ecs.describe_tasks(cluster=name, tasks=arns)["tasks"] if arns else []
    containers = [each for task in tasks for each in task["containers"] if each["name"] == container]
    return {each["imageDigest"] for each in containers if "imageDigest" in each}
