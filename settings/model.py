"""The settings of one environment, and what they must be together."""

from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from settings.values import (
    MEMORY_MIB_BY_CPU,
    RESERVED_TAGS,
    AccountId,
    Branch,
    BucketName,
    Cidr,
    ContainerName,
    Cpu,
    DatabaseName,
    Domain,
    HealthCheckPath,
    ImageTag,
    InstanceClass,
    KeyArn,
    KeyPrefix,
    Name,
    OidcProviderArn,
    Port,
    Region,
    Repository,
    RetentionDays,
    RoleArn,
    SecretSource,
    TagName,
    TagValue,
    Text,
    User,
    Variable,
    VersionConstraints,
    ZoneId,
)

NAME_LIMIT = 26
"""Characters of `<app>-<environment>`: an S3 bucket prefix takes 37, and `-artifacts-` is 11 of them."""

RESERVED_PREFIXES = ("amzn-s3-demo-", "internal-", "sthree-")
"""What S3 keeps for itself at the start of a bucket's name, and Elastic Load Balancing at that of a load balancer's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""

TAG_LIMIT = 50
"""Tags of one resource.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(_Table):
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


class DatabaseSettings(_Table):
    """The PostgreSQL instance.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """

    name: DatabaseName = "app"
    port: Annotated[int, Field(ge=1150, le=65535)] = 5432
    instance_class: InstanceClass = "db.t4g.micro"
    storage_gib: Annotated[int, Field(ge=20, le=65536)] = 20
    multi_az: bool = False
    redeploy_on_rotation: bool = True


class ServiceSettings(_Table):
    """The container and how Fargate runs it."""

    container_name: ContainerName = "app"
    container_port: Port = 3000
    cpu: Cpu = 256
    memory_mib: Annotated[int, Field(validate_default=True)] = 1024
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    desired_count: Annotated[int, Field(ge=0, le=5000)] = 1
    health_check_path: HealthCheckPath = "/"
    grace_period_seconds: Annotated[int, Field(ge=0, le=2_147_483_647)] = 60
    unhealthy_threshold: Annotated[int, Field(ge=2, le=10)] = 10
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

    @field_validator("secrets")
    @classmethod
    def _are_no_plain_variables(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if both := sorted(value.keys() & info.data.get("environment", {}).keys()):
            raise ValueError(f"must not name what environment names too ({', '.join(both)})")
        return value


class LogSettings(_Table):
    """What is logged beside the container's output and the build's, and how long logs are kept."""

    retention_days: RetentionDays = 30
    flow_logs: bool = True
    access_logs: bool = True


class PipelineSettings(_Table):
    """What starts a deployment."""

    image_tag: ImageTag = "latest"


class StateSettings(_Table):
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


class CiSettings(_Table):
    """The GitHub repository whose workflows may look at the environment and deploy it.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """

    repository: Repository
    branch: Branch = "main"
    oidc_provider_arn: OidcProviderArn | None = None


class Settings(_Table):
    """One environment: frozen, and valid from the moment it exists."""

    environment: Name
    app: Name
    region: Region
    domain: Domain
    hosted_zone_id: ZoneId | None = None
    account_id: AccountId | None = None
    role_arn: RoleArn | None = None
    aws_provider_versions: VersionConstraints = ">= 5.100.0, < 7.0.0"
    tags: dict[TagName, TagValue] = {}
    protect: bool = True
    customer_managed_key: bool = False
    state: StateSettings = StateSettings()
    network: NetworkSettings = NetworkSettings()
    database: DatabaseSettings = DatabaseSettings()
    service: ServiceSettings = ServiceSettings()
    logs: LogSettings = LogSettings()
    pipeline: PipelineSettings = PipelineSettings()
    ci: CiSettings | None = None

    @property
    def name(self) -> str:
        """`<app>-<environment>`, the name of the system and the prefix of its parts' names."""
        return f"{self.app}-{self.environment}"

    @field_validator("app")
    @classmethod
    def _fits(cls, value: str, info: ValidationInfo) -> str:
        name = f"{value}-{info.data.get('environment', '')}"
        if name.startswith(RESERVED_PREFIXES):
            raise ValueError(f"must not make names that begin with {', '.join(RESERVED_PREFIXES)}")
        if len(name) > NAME_LIMIT:
            raise ValueError(f"must make names of at most {NAME_LIMIT} characters, {name} has {len(name)}")
        return value

    @field_validator("tags")
    @classmethod
    def _leave_room(cls, value: dict[str, str]) -> dict[str, str]:
        # Network and subnets have a Name, too.
        if len(value) > (room := TAG_LIMIT - len(RESERVED_TAGS) - 1):
            raise ValueError(f"must be at most {room}, there are {len(value)}")
        return value

    @field_validator("tags")
    @classmethod
    def _differ_by_more_than_case(cls, value: dict[str, str]) -> dict[str, str]:
        names = [name.lower() for name in value]
        if alike := [name for name in value if names.count(name.lower()) > 1]:
            raise ValueError(f"must have names that differ by more than case, unlike {', '.join(alike)}")
        return value

    @field_validator("role_arn")
    @classmethod
    def _is_of_the_account(cls, value: str | None, info: ValidationInfo) -> str | None:
        account = info.data.get("account_id")
        if value and account and value.split(":")[4] != account:
            raise ValueError(f"must be a role of the account_id {account}")
        return value

    @field_validator("ci")
    @classmethod
    def _can_work_there(cls, value: CiSettings | None, info: ValidationInfo) -> CiSettings | None:
        state = info.data.get("state")
        if value and state and state.backend != "s3":
            raise ValueError("must not be set unless state.backend is 's3': a workflow's machine keeps no state")
        if value and info.data.get("role_arn"):
            raise ValueError("must not be set together with role_arn: what a workflow may do is its own role's matter")
        return value


def paths(model: type[_Table] = Settings, prefix: str = "") -> Iterator[str]:
    """Every setting, and every table of settings, as the file names it: `database`, `database.port`."""
    for name, field in model.model_fields.items():
        if (model, name) == (Settings, "environment"):
            continue
        yield prefix + name
        for kind in get_args(field.annotation) or [field.annotation]:
            if isinstance(kind, type) and issubclass(kind, _Table):
                yield from paths(kind, f"{prefix}{name}.")
