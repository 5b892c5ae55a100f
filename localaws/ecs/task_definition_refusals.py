"""Task definitions that ECS refuses and moto accepts."""

import json
from collections.abc import Callable, Iterator

from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import TaskDefinition

from localaws.json_types import JsonObject

MOST_BYTES = 65_536
GIB = 1_024
MEMORY_MIB = {
    256: (512, 1 * GIB, 2 * GIB),
    512: range(1 * GIB, 4 * GIB + 1, GIB),
    1024: range(2 * GIB, 8 * GIB + 1, GIB),
    2048: range(4 * GIB, 16 * GIB + 1, GIB),
    4096: range(8 * GIB, 30 * GIB + 1, GIB),
    8192: range(16 * GIB, 60 * GIB + 1, 4 * GIB),
    16384: range(32 * GIB, 120 * GIB + 1, 8 * GIB),
}
"""The memory sizes in MiB that Fargate offers for each number of CPU units.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
"""


def refuse_invalid_task_definitions() -> None:
    """Refuse an invalid task definition.

    ECS refuses container definitions that are too long, and CPU and memory that Fargate does not offer together. In the
    network mode awsvpc, ECS refuses a host port that differs from the container port. ECS refuses secrets without an
    execution role, and secrets with the name of another secret or variable.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    register: Callable[..., TaskDefinition] = Backend.register_task_definition

    def register_task_definition(
        self: Backend, family: str, container_definitions: list[JsonObject], **settings: object
    ) -> TaskDefinition:
        violation = next(_violations(container_definitions, settings), None)
        if violation:
            raise EcsClientException(violation)
        return register(self, family, container_definitions, **settings)

    Backend.register_task_definition = register_task_definition


def _violations(containers: list[JsonObject], settings: JsonObject) -> Iterator[str]:
    length = len(json.dumps(containers, separators=(",", ":")).encode())
    if length > MOST_BYTES:
        yield f"Actual length: '{length}'. Max allowed length is '{MOST_BYTES}' bytes."
    if "FARGATE" in (settings.get("requires_compatibilities") or []):
        cpu, memory = int(settings.get("cpu") or 0), int(settings.get("memory") or 0)
        if memory not in MEMORY_MIB.get(cpu, ()):
            yield (
                f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
                "See the Amazon ECS documentation for the valid values."
            )
    for container in containers:
        yield from _violations_of_container(container, settings)


def _violations_of_container(container: JsonObject, settings: JsonObject) -> Iterator[str]:
    for port in container.get("portMappings", []):
        if settings.get("network_mode") == "awsvpc" and port.get("hostPort") not in (None, port["containerPort"]):
            yield "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
    secrets = [secret["name"] for secret in container.get("secrets", [])]
    if secrets and not settings.get("execution_role_arn"):
        yield "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    variables = [variable["name"] for variable in container.get("environment", [])]
    for name in secrets:
        if (secrets + variables).count(name) > 1:
            yield (
                "The secret name must be unique and not shared with any new or existing environment variables set on "
                f"the container, such as '{name}'."
            )


HEALTH_CHECK_LIMITS = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
"""The lowest and the highest value of each setting. All settings except `retries` are in seconds."""


def refuse_invalid_health_checks() -> None:
    """Refuse a container health check with an interval, timeout, retries or start period outside of the limits.

    The pull request below quotes AWS's message for values above a limit. We assume that the message for values below a
    limit is similar.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    https://github.com/PostHog/posthog/pull/8647
    """
    register: Callable[..., TaskDefinition] = Backend.register_task_definition

    def register_task_definition(
        self: Backend, family: str, container_definitions: list[JsonObject], **settings: object
    ) -> TaskDefinition:
        for container in container_definitions:
            if violation := next(_violations_of_health_check(container.get("healthCheck", {})), None):
                raise EcsClientException(f"Health check {violation} for container '{container['name']}'")
        return register(self, family, container_definitions, **settings)

    Backend.register_task_definition = register_task_definition


def _violations_of_health_check(check: JsonObject) -> Iterator[str]:
    for name, (least, most) in HEALTH_CHECK_LIMITS.items():
        value = check.get(name, least)
        if value > most:
            yield f"{name} must be less than or equal to the maximum allowed value {most}"
        if value < least:
            yield f"{name} must be greater than or equal to the minimum allowed value {least}"


REFUSALS = (
    refuse_invalid_task_definitions,
    refuse_invalid_health_checks,
)
