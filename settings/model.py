"""The settings of one environment, and what its tables must be together."""

from collections.abc import Iterator
from typing import get_args

from pydantic import Field, ValidationInfo, field_validator

from settings.arns import AccountId, Region, RoleArn
from settings.names import StackNames
from settings.tables import (
    CiSettings,
    DatabaseSettings,
    LogSettings,
    NetworkSettings,
    PipelineSettings,
    ServiceSettings,
    StateSettings,
    Table,
)
from settings.tags import Tags
from settings.values import LAMBDA_COMPUTE_AS_OF, LAMBDA_COMPUTE_REGIONS, Domain, Name, ZoneId
from settings.versions import VersionConstraints

NAME_LIMIT = 26
"""Characters of `<app>-<environment>`: an S3 bucket prefix takes 37, and `-artifacts-` is 11 of them."""

REHEARSED_PROVIDER = "5.100.0"
"""The version of the AWS provider that the rehearsals run: what is deployed is what was rehearsed."""

RESERVED_PREFIXES = ("amzn-s3-demo-", "internal-", "sthree-")
"""What S3 keeps for itself at the start of a bucket's name, and Elastic Load Balancing at that of a load balancer's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""


class Settings(Table):
    """One environment: frozen, and valid from the moment it exists."""

    environment: Name
    app: Name
    region: Region
    domain: Domain
    hosted_zone_id: ZoneId | None = None
    account_id: AccountId | None = None
    role_arn: RoleArn | None = None
    aws_provider_versions: VersionConstraints = REHEARSED_PROVIDER
    tags: Tags = Field(default_factory=dict)
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

    @property
    def stacks(self) -> StackNames:
        """The names of the stacks of the environment."""
        return StackNames(self.environment)

    @field_validator("app")
    @classmethod
    def _fits(cls, value: str, info: ValidationInfo) -> str:
        name = f"{value}-{info.data.get('environment', '')}"
        if name.startswith(RESERVED_PREFIXES):
            raise ValueError(f"must not make names that begin with {', '.join(RESERVED_PREFIXES)}")
        if len(name) > NAME_LIMIT:
            raise ValueError(f"must make names of at most {NAME_LIMIT} characters, {name} has {len(name)}")
        return value

    @field_validator("role_arn")
    @classmethod
    def _is_of_the_account(cls, value: str | None, info: ValidationInfo) -> str | None:
        account = info.data.get("account_id")
        if value and account and value.split(":")[4] != account:
            raise ValueError(f"must be a role of the account_id {account}")
        return value

    @field_validator("state")
    @classmethod
    def _has_its_key_nearby(cls, value: StateSettings, info: ValidationInfo) -> StateSettings:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        region = value.region or info.data.get("region")
        if value.kms_key_arn and region and value.kms_key_arn.split(":")[3] != region:
            raise ValueError(f"must have the kms_key_arn of a key in its own region {region}")
        return value

    @field_validator("pipeline")
    @classmethod
    def _has_its_compute_there(cls, value: PipelineSettings, info: ValidationInfo) -> PipelineSettings:
        region = info.data.get("region")
        if value.build_compute == "LAMBDA" and region and region not in LAMBDA_COMPUTE_REGIONS:
            raise ValueError(
                f"must have the build_compute 'EC2' in {region}: in {LAMBDA_COMPUTE_AS_OF}, CodeBuild had Lambda "
                f"compute in {', '.join(LAMBDA_COMPUTE_REGIONS)} only"
            )
        return value

    @field_validator("ci")
    @classmethod
    def _can_work_there(cls, value: CiSettings | None, info: ValidationInfo) -> CiSettings | None:
        state = info.data.get("state")
        if value and state and state.backend != "s3":
            raise ValueError("must not be set unless state.backend is 's3': a workflow's machine keeps no state")
        if value and info.data.get("role_arn"):
            raise ValueError("must not be set together with role_arn: what a workflow may do is its own role's matter")
        account = info.data.get("account_id")
        if value and value.oidc_provider_arn and account and value.oidc_provider_arn.split(":")[4] != account:
            raise ValueError(f"must have the oidc_provider_arn of a provider of the account_id {account}")
        return value


def paths(model: type[Table] = Settings, prefix: str = "") -> Iterator[str]:
    """Every setting, and every table of settings, as the file names it: `database`, `database.port`."""
    for name, field in model.model_fields.items():
        if (model, name) == (Settings, "environment"):
            continue
        yield prefix + name
        for kind in get_args(field.annotation) or [field.annotation]:
            if isinstance(kind, type) and issubclass(kind, Table):
                yield from paths(kind, f"{prefix}{name}.")
