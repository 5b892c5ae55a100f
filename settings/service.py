"""The table of the service: the container and its health checks."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from settings.arns import SecretSource
from settings.container import (
    MEMORY_MIB_BY_CPU,
    ContainerName,
    Cpu,
    HealthCheckCommand,
    HealthCheckPath,
    User,
    Variable,
)
from settings.deployment import MAX_TIMEOUT_MINUTES, FailingDeployment
from settings.tables import Table
from settings.task_definition import MAX_BYTES, MOST_ARN_CHARACTERS, OWN_BYTES, arn_characters, granted, variables_bytes
from settings.values import Port, Text


class ContainerHealthCheck(Table):
    """A command that ECS runs in the container: exit code 0 means healthy.

    The defaults are those of ECS. The image must contain the program that the command runs. ECS ignores the image's own
    HEALTHCHECK.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    command: HealthCheckCommand
    interval_seconds: Annotated[int, Field(ge=5, le=300)] = 30
    timeout_seconds: Annotated[int, Field(ge=2, le=60)] = 5
    retries: Annotated[int, Field(ge=1, le=10)] = 3
    start_period_seconds: Annotated[int, Field(ge=0, le=300)] = 0

    @property
    def failing_seconds(self) -> int:
        """The seconds until the last retry fails, if each check fails by its time-out."""
        return self.start_period_seconds + self.retries * (self.interval_seconds + self.timeout_seconds)


class ServiceSettings(Table):
    """The container, and how Fargate runs it."""

    container_name: ContainerName = "app"
    container_port: Port = 3000
    cpu: Cpu = 256
    memory_mib: Annotated[int, Field(validate_default=True)] = 1024
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    desired_count: Annotated[int, Field(ge=0, le=5000)] = 1
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    health_check_path: HealthCheckPath = "/"
    health_check_interval_seconds: Annotated[int, Field(ge=5, le=300)] = 10
    health_check_timeout_seconds: Annotated[int, Field(ge=2, le=120, validate_default=True)] = 5
    unhealthy_threshold: Annotated[int, Field(ge=2, le=10)] = 10
    container_health_check: ContainerHealthCheck | None = None
    grace_period_seconds: Annotated[int, Field(ge=0, validate_default=True)] = 60
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    user: User = "1000:1000"
    readonly_root_filesystem: bool = True
    ecs_exec: bool = False
    environment: dict[Variable, Text] = Field(default_factory=dict)
    secrets: dict[Variable, SecretSource] = Field(default_factory=dict)

    @field_validator("memory_mib")
    @classmethod
    def _check_memory_fits_cpu(cls, value: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and value not in (sizes := MEMORY_MIB_BY_CPU[cpu]):
            raise ValueError(f"must be one of {', '.join(map(str, sizes))} with cpu {cpu}")
        return value

    @field_validator("health_check_timeout_seconds")
    @classmethod
    def _check_timeout_below_interval(cls, value: int, info: ValidationInfo) -> int:
        interval = info.data.get("health_check_interval_seconds")
        if interval and value >= interval:
            raise ValueError(f"must be less than health_check_interval_seconds ({interval})")
        return value

    @field_validator("grace_period_seconds")
    @classmethod
    def _check_deployment_timeout(cls, value: int, info: ValidationInfo) -> int:
        earlier = (
            "desired_count",
            "health_check_interval_seconds",
            "unhealthy_threshold",
            "container_health_check",
        )
        if info.data.keys() >= {*earlier}:
            count, interval, threshold, check = (info.data[name] for name in earlier)
            failing = FailingDeployment(count, interval, threshold, value, check.failing_seconds if check else 0)
            if failing.minutes > MAX_TIMEOUT_MINUTES:
                raise ValueError(
                    f"must let the circuit breaker end a failing deployment within the {MAX_TIMEOUT_MINUTES} "
                    f"minutes that CodePipeline waits; {failing.arithmetic} = {failing.minutes} minutes"
                )
        return value

    @field_validator("ecs_exec")
    @classmethod
    def _check_root_is_writable(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
        if value and info.data.get("readonly_root_filesystem"):
            raise ValueError(
                "requires readonly_root_filesystem = false, because the SSM agent of ECS Exec writes into the "
                "container's root file system"
            )
        return value

    @property
    def container_check_seconds(self) -> int:
        """The seconds after which a container fails its own health check, or 0 if it has no such check."""
        return self.container_health_check.failing_seconds if self.container_health_check else 0

    @property
    def deployment_timeout_minutes(self) -> int:
        """The minutes that the pipeline waits for a deployment.

        The circuit breaker ends a failing deployment within this time.
        """
        return FailingDeployment(*(getattr(self, name) for name in FailingDeployment._fields)).minutes

    @field_validator("secrets")
    @classmethod
    def _check_secrets_apart_from_variables(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if both := sorted(value.keys() & info.data.get("environment", {}).keys()):
            raise ValueError(f"must not repeat names of service.environment ({', '.join(both)})")
        return value

    @field_validator("secrets")
    @classmethod
    def _check_policy_size(cls, value: dict[str, str]) -> dict[str, str]:
        size = arn_characters(granted(value.values()))
        if size > MOST_ARN_CHARACTERS:
            raise ValueError(
                f"must fit into the policy of the execution role; the ARNs take {size} characters of JSON (at most "
                f"{MOST_ARN_CHARACTERS}); put several values into one secret, as JSON"
            )
        return value

    @field_validator("environment", "secrets")
    @classmethod
    def _check_task_definition_size(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        is_last = info.field_name == "secrets"
        environment, secrets = (info.data.get("environment", {}), value) if is_last else (value, {})
        size, most = variables_bytes(environment, secrets), MAX_BYTES - OWN_BYTES
        if size > most:
            raise ValueError(
                f"must fit into a task definition; environment and secrets take {size} bytes of JSON (at most {most})"
            )
        return value
