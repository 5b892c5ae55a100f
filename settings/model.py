"""The settings of one environment, and the rules that involve more than one table."""

from collections.abc import Iterator
from typing import get_args

from pydantic import Field, ValidationInfo, field_validator

from settings.arns import AccountId, PolicyArn, Region, RoleArn
from settings.names import StackNames
from settings.service import ServiceSettings
from settings.tables import (
    CiSettings,
    DatabaseSettings,
    GitHubSettings,
    LogSettings,
    NetworkSettings,
    OperatorSettings,
    PeopleSettings,
    PipelineSettings,
    PushSettings,
    StateSettings,
    Table,
    ViewerSettings,
)
from settings.tags import Tags
from settings.task_definition import MOST_VIEWED_ARN_CHARACTERS, arn_characters, granted
from settings.values import Domain, Name, ZoneId
from settings.versions import VersionConstraints

NAME_LIMIT = 26
"""The limit of characters in `<app>-<environment>`. A bucket prefix has at most 37, of which `-artifacts-` takes 11."""

REHEARSED_PROVIDER = "5.100.0"
"""The version of the AWS provider that the rehearsals run. It is the default for deployments."""

LAMBDA_COMPUTE_REGIONS = (
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)
LAMBDA_COMPUTE_AS_OF = "November 2026"
"""The month in which AWS's page listed these regions for CodeBuild's Lambda compute.

https://docs.aws.amazon.com/codebuild/latest/userguide/lambda.html#lambda.regions
"""

RESERVED_PREFIXES = ("amzn-s3-demo-", "internal-", "sthree-")
"""The prefixes that S3 refuses in names of buckets, or that Elastic Load Balancing refuses in names of load balancers.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""


class Settings(Table):
    """The settings of one environment, immutable and validated."""

    environment: Name
    app: Name
    region: Region
    domain: Domain
    hosted_zone_id: ZoneId | None = None
    account_id: AccountId | None = None
    role_arn: RoleArn | None = None
    permissions_boundary_arn: PolicyArn | None = None
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
    push: PushSettings | None = None
    viewer: ViewerSettings | None = None
    operator: OperatorSettings | None = None

    @property
    def name(self) -> str:
        """`<app>-<environment>`, the name of the system and the prefix of its resources' names."""
        return f"{self.app}-{self.environment}"

    @property
    def stacks(self) -> StackNames:
        """The names of the stacks of the environment."""
        return StackNames(self.environment)

    @property
    def github(self) -> GitHubSettings | None:
        """The table that decides about the OIDC provider for GitHub: `ci`, or `push` without `ci`, or None."""
        return self.ci or self.push

    @field_validator("app")
    @classmethod
    def _check_system_name(cls, value: str, info: ValidationInfo) -> str:
        name = f"{value}-{info.data.get('environment', '')}"
        if reserved := next(filter(name.startswith, RESERVED_PREFIXES), None):
            raise ValueError(f"must not lead to a name with a prefix that AWS reserves; {name} begins with {reserved}")
        if len(name) > NAME_LIMIT:
            raise ValueError(f"must lead to names of at most {NAME_LIMIT} characters; {name} has {len(name)}")
        return value

    @field_validator("role_arn")
    @classmethod
    def _check_role_account(cls, value: str | None, info: ValidationInfo) -> str | None:
        account = info.data.get("account_id")
        if value and account and value.split(":")[4] != account:
            raise ValueError(f"must be a role in the account of account_id ({account})")
        return value

    @field_validator("permissions_boundary_arn")
    @classmethod
    def _check_boundary_account(cls, value: str | None, info: ValidationInfo) -> str | None:
        account = info.data.get("account_id")
        if value and account and value.split(":")[4] not in (account, "aws"):
            raise ValueError(f"must be a policy of AWS, or a policy in the account of account_id ({account})")
        return value

    @field_validator("state")
    @classmethod
    def _check_state_key_region(cls, value: StateSettings, info: ValidationInfo) -> StateSettings:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        region = value.region or info.data.get("region")
        if value.kms_key_arn and region and value.kms_key_arn.split(":")[3] != region:
            raise ValueError(f"kms_key_arn must name a key in the region of the bucket ({region})")
        return value

    @field_validator("pipeline")
    @classmethod
    def _check_build_compute_region(cls, value: PipelineSettings, info: ValidationInfo) -> PipelineSettings:
        region = info.data.get("region")
        if value.build_compute == "LAMBDA" and region and region not in LAMBDA_COMPUTE_REGIONS:
            raise ValueError(
                f"build_compute must be 'EC2' in {region}; as of {LAMBDA_COMPUTE_AS_OF}, CodeBuild has Lambda "
                f"compute only in {', '.join(LAMBDA_COMPUTE_REGIONS)}"
            )
        return value

    @field_validator("ci")
    @classmethod
    def _check_ci_prerequisites(cls, value: CiSettings | None, info: ValidationInfo) -> CiSettings | None:
        state = info.data.get("state")
        if value and state and state.backend != "s3":
            raise ValueError("requires state.backend 's3', because the runner of a workflow keeps no local state")
        if value and info.data.get("role_arn"):
            raise ValueError("must not be combined with role_arn, because each workflow assumes a role of the ci stack")
        return value

    @field_validator("push")
    @classmethod
    def _check_push_has_provider_of_ci(cls, value: PushSettings | None, info: ValidationInfo) -> PushSettings | None:
        if value and value.oidc_provider_arn and info.data.get("ci"):
            raise ValueError(
                "must not have oidc_provider_arn together with the table ci, because both use the provider of ci; "
                "remove oidc_provider_arn here, and set ci.oidc_provider_arn if the provider exists"
            )
        return value

    @field_validator("viewer", "operator")
    @classmethod
    def _check_policy_size(cls, value: PeopleSettings | None, info: ValidationInfo) -> PeopleSettings | None:
        service = info.data.get("service")
        if not (value and service):
            return value
        size = arn_characters(arn for arn in granted(service.secrets.values()) if ":secretsmanager:" in arn)
        if size > MOST_VIEWED_ARN_CHARACTERS:
            raise ValueError(
                f"needs a policy with the ARNs of the secrets in service.secrets, which take {size} characters of JSON "
                f"(at most {MOST_VIEWED_ARN_CHARACTERS}); put several values into one secret, as JSON"
            )
        return value

    @field_validator("ci", "push")
    @classmethod
    def _check_provider_account(cls, value: GitHubSettings | None, info: ValidationInfo) -> GitHubSettings | None:
        account = info.data.get("account_id")
        if value and value.oidc_provider_arn and account and value.oidc_provider_arn.split(":")[4] != account:
            raise ValueError(f"oidc_provider_arn must name a provider in the account of account_id ({account})")
        return value


def paths(model: type[Table] = Settings, prefix: str = "") -> Iterator[str]:
    """Yield the path of every table and every setting in the file, such as `database` and `database.port`."""
    for name, field in model.model_fields.items():
        if (model, name) == (Settings, "environment"):
            continue
        yield prefix + name
        for kind in get_args(field.annotation) or [field.annotation]:
            if isinstance(kind, type) and issubclass(kind, Table):
                yield from paths(kind, f"{prefix}{name}.")
