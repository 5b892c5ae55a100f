"""The container, as ECS wants to have it described."""

from collections.abc import Mapping

from modules.log_group import LogGroup
from settings import ServiceSettings

TMP_SHARE = 4
"""The part of the task's memory that /tmp may take: a quarter."""


def definition(
    *,
    port: int,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    logs: LogGroup,
    region: str,
    settings: ServiceSettings,
) -> dict[str, object]:
    """Return the container's definition, but for its image: nobody in particular, on a read-only file system.

    It has no capabilities. It can write to a /tmp in memory alone, or anywhere if its file system is not read-only.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    return {
        "name": settings.container_name,
        "essential": True,
        "portMappings": [{"containerPort": port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in sorted(environment.items())],
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
    """Return the container's own health check, if it has one.

    Interval, time-out and retries are always written out. ECS answers with its defaults where they are not sent, and
    the provider then plans to replace the task definition each time. ECS adds no start period, which is off by default.

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
    """What the kernel gives the container.

    Both lists of capabilities are written out. ECS adds an empty `add` where only `drop` is sent, and the provider then
    plans to replace the task definition each time; ECS returns an empty list that is sent.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html and
    https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-ecs-tmpfs-mounts-aws-fargate-managed-instances/
    """
    parameters: dict[str, object] = {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": True}
    if settings.readonly_root_filesystem:
        tmp = {
            "containerPath": "/tmp",  # noqa: S108 - the container's, which nobody shares
            "size": settings.memory_mib // TMP_SHARE,
            "mountOptions": ["noexec", "nosuid", "nodev"],
        }
        parameters["tmpfs"] = [tmp]
    return parameters
