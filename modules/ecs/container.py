"""The container definition."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from modules.log_group import LogGroup
from settings import ServiceSettings

TMP_DIVISOR = 4
"""`/tmp` gets a quarter of the task's memory."""


class Connection(Protocol):
    """A resource that gives the container variables, such as a `Database`."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variables, by name."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """ARNs of secrets, by the name of the environment variable."""


def definition(
    *,
    connects_to: Sequence[Connection],
    logs: LogGroup,
    region: str,
    settings: ServiceSettings,
) -> dict[str, object]:
    """Return the container definition, without the image.

    The container has no Linux capabilities. If its root file system is read-only, it can write only to `/tmp`, which
    is in memory.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html

    Raises:
        ValueError: Two resources, or a resource and the settings, set the same variable.
    """
    variables, secrets = dict(settings.environment), dict(settings.secrets)
    for connection in connects_to:
        if taken := sorted((variables.keys() | secrets.keys()) & (connection.variables.keys() | connection.secrets)):
            raise ValueError(f"container: a variable must have one value, but {', '.join(taken)} is set two times")
        variables |= connection.variables
        secrets |= connection.secrets
    return {
        "name": settings.container_name,
        "essential": True,
        "portMappings": [{"containerPort": settings.container_port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in sorted(variables.items())],
        "secrets": [{"name": name, "valueFrom": value} for name, value in sorted(secrets.items())],
        "user": settings.user,
        "readonlyRootFilesystem": settings.readonly_root_filesystem,
        "linuxParameters": _linux(settings),
        **_health_check(settings),
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": logs.name,
                "awslogs-region": region,
                "awslogs-stream-prefix": settings.container_name,
            },
        },
    }


def _health_check(settings: ServiceSettings) -> dict[str, object]:
    """Return the container's health check, or an empty dictionary if the settings have no health check.

    The health check always has an interval, a time-out and retries. If one of these values were absent, ECS would
    return the default of the value, and each plan would replace the task definition. A start period can be absent. ECS
    returns no default for it, because a start period is off by default.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html and
    https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/148
    """
    check = settings.container_health_check
    if not check:
        return {}
    times = {"interval": check.interval_seconds, "timeout": check.timeout_seconds, "retries": check.retries}
    start_period = {"startPeriod": check.start_period_seconds} if check.start_period_seconds else {}
    return {"healthCheck": {"command": check.command, **times, **start_period}}


def _linux(settings: ServiceSettings) -> dict[str, object]:
    """Return the Linux parameters.

    The capabilities have both lists, `add` and `drop`. If Terraform sent only `drop`, ECS would return an empty list
    `add`, too, and each plan would replace the task definition. If Terraform sends an empty list `add`, ECS returns the
    same list.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html and
    https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-ecs-tmpfs-mounts-aws-fargate-managed-instances/
    """
    parameters: dict[str, object] = {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": True}
    if settings.readonly_root_filesystem:
        tmp = {
            "containerPath": "/tmp",  # noqa: S108 - a tmpfs of the container, which no other process shares
            "size": settings.memory_mib // TMP_DIVISOR,
            "mountOptions": ["noexec", "nosuid", "nodev"],
        }
        parameters["tmpfs"] = [tmp]
    return parameters
