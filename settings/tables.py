"""The tables of an environment, and what the settings of one must be together."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from settings.arns import KeyArn, OidcProviderArn, Region, SecretSource
from settings.deployment import MAX_TIMEOUT_MINUTES, FailingDeployment
from settings.image_tags import NO_TAG, WILDCARD, Watch, matches
from settings.task_definition import MAX_BYTES, OWN_BYTES, variables_bytes
from settings.values import (
    MEMORY_MIB_BY_CPU,
    Branch,
    BucketName,
    Cidr,
    ContainerName,
    Cpu,
    DatabaseName,
    EngineVersion,
    HealthCheckCommand,
    HealthCheckPath,
    InstanceClass,
    KeyPrefix,
    Port,
    Repository,
    RetentionDays,
    Text,
    User,
    Variable,
)


class Table(BaseModel):
    """A table of the settings file: frozen, no key but its own, and nothing taken for what it is not."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(Table):
    """The VPC and its subnets."""

    cidr: Cidr = "10.0.0.0/16"
    zones: Annotated[int, Field(ge=2, le=6)] = 2
    nat_gateways: Annotated[int, Field(ge=0)] = 1

    @field_validator("nat_gateways")
    @classmethod
    def _one_per_zone_at_most(cls, value: int, info: ValidationInfo) -> int:
        if value > (zones := info.data.get("zones", value)):
            raise ValueError(f"must be at most one per zone, which is {zones}")
        return value


class DatabaseSettings(Table):
    """The PostgreSQL instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """

    name: DatabaseName = "app"
    port: Annotated[int, Field(ge=1150, le=65535)] = 5432
    engine_version: EngineVersion = 18
    instance_class: InstanceClass = "db.t4g.micro"
    storage_gib: Annotated[int, Field(ge=20, le=65536)] = 20
    multi_az: bool = False
    apply_immediately: bool = False
    redeploy_on_rotation: bool = True


class ContainerHealthCheck(Table):
    """A command that ECS runs in the container: exit code 0 means healthy.

    The defaults are those of ECS. The image must have the command. ECS ignores the HEALTHCHECK of an image.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    command: HealthCheckCommand
    interval_seconds: Annotated[int, Field(ge=5, le=300)] = 30
    timeout_seconds: Annotated[int, Field(ge=2, le=60)] = 5
    retries: Annotated[int, Field(ge=1, le=10)] = 3
    start_period_seconds: Annotated[int, Field(ge=0, le=300)] = 0

    @property
    def failing_seconds(self) -> int:
        """The most seconds that a container runs whose checks all fail, each by its time-out."""
        return self.start_period_seconds + self.retries * (self.interval_seconds + self.timeout_seconds)


class ServiceSettings(Table):
    """The container and how Fargate runs it."""

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
    environment: dict[Variable, Text] = {}
    secrets: dict[Variable, SecretSource] = {}

    @field_validator("memory_mib")
    @classmethod
    def _pairs_with_cpu(cls, value: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and value not in (sizes := MEMORY_MIB_BY_CPU[cpu]):
            raise ValueError(f"must be one of {', '.join(map(str, sizes))} with cpu {cpu}")
        return value

    @field_validator("health_check_timeout_seconds")
    @classmethod
    def _ends_before_the_next_check(cls, value: int, info: ValidationInfo) -> int:
        interval = info.data.get("health_check_interval_seconds")
        if interval and value >= interval:
            raise ValueError(f"must be less than health_check_interval_seconds ({interval})")
        return value

    @field_validator("grace_period_seconds")
    @classmethod
    def _fits_into_a_deployment(cls, value: int, info: ValidationInfo) -> int:
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
                    f"must let the circuit breaker end a deployment within the {MAX_TIMEOUT_MINUTES} minutes that "
                    f"CodePipeline waits; {failing.arithmetic} = {failing.minutes} minutes"
                )
        return value

    @property
    def container_check_seconds(self) -> int:
        """The most seconds that a container runs that never passes its own health check; 0 if it has none."""
        return self.container_health_check.failing_seconds if self.container_health_check else 0

    @property
    def deployment_timeout_minutes(self) -> int:
        """How long the pipeline waits for a deployment: until the circuit breaker has ended it."""
        return FailingDeployment(*(getattr(self, name) for name in FailingDeployment._fields)).minutes

    @field_validator("secrets")
    @classmethod
    def _are_no_plain_variables(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if both := sorted(value.keys() & info.data.get("environment", {}).keys()):
            raise ValueError(f"must not name what environment names too ({', '.join(both)})")
        return value

    @field_validator("environment", "secrets")
    @classmethod
    def _fit_into_a_task_definition(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        is_last = info.field_name == "secrets"
        environment, secrets = (info.data.get("environment", {}), value) if is_last else (value, {})
        size, most = variables_bytes(environment, secrets), MAX_BYTES - OWN_BYTES
        if size > most:
            raise ValueError(
                f"must fit into a task definition: environment and secrets take {size} bytes of JSON (at most {most})"
            )
        return value


class LogSettings(Table):
    """What is logged beside the container's output and the build's, and how long logs are kept."""

    retention_days: RetentionDays = 30
    flow_logs: bool = True
    access_logs: bool = True


class PipelineSettings(Table):
    """Which pushes are deployed, which of them when they come faster than that, and what the build step runs on.

    `build_compute` is a compute mode of CodeBuild. The build is the same on both.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
    """

    watch: Watch = "latest"
    immutable_tags: bool = False
    execution_mode: Literal["SUPERSEDED", "QUEUED"] = "SUPERSEDED"
    build_compute: Literal["EC2", "LAMBDA"] = "EC2"

    @property
    def moving_tag(self) -> str | None:
        """The one tag that is watched, which each push moves; None if a pattern is watched."""
        return None if WILDCARD in self.watch else self.watch

    @property
    def default_tag(self) -> str:
        """The tag of the image that a new service runs, and that an execution without a source revision deploys.

        Where a pattern is watched, no image has it: both wait for a push.
        """
        return self.moving_tag or NO_TAG

    def watches(self, tag: str) -> bool:
        """Whether a push of an image with this tag starts a deployment. An empty tag or `sha256-*` never does."""
        return matches(self.watch, tag)

    @field_validator("immutable_tags")
    @classmethod
    def _leaves_the_watched_tag_free(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        watch = info.data.get("watch", WILDCARD)
        if value and WILDCARD not in watch:
            raise ValueError(f"must be false unless watch is a pattern: each push moves the tag {watch}")
        return value


class StateSettings(Table):
    """Where Terraform keeps what it knows of the stacks.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    backend: Literal["local", "s3"] = "local"
    bucket: Annotated[BucketName | None, Field(validate_default=True)] = None
    region: Region | None = None
    prefix: KeyPrefix | None = None
    kms_key_arn: KeyArn | None = None

    @field_validator("bucket")
    @classmethod
    def _is_given_for_s3(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("backend") == "s3" and not value:
            raise ValueError("must be the name of a bucket where backend is s3")
        return value


class CiSettings(Table):
    """The GitHub repository whose workflows may look at the environment and deploy it.

    The case of `repository` matters: IAM compares it with the subject of GitHub's token.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """

    repository: Repository
    branch: Branch = "main"
    oidc_provider_arn: OidcProviderArn | None = None
