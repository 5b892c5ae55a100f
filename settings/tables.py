"""The tables of an environment, except the table of the service."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from settings.arns import KeyArn, OidcProviderArn, PrincipalArn, Region
from settings.image_tags import NO_TAG, WILDCARD, Watch, matches
from settings.values import (
    Branch,
    BucketName,
    Cidr,
    DatabaseName,
    EngineVersion,
    InstanceClass,
    KeyPrefix,
    Repository,
    RetentionDays,
)


class Table(BaseModel):
    """A table of the settings file. It is immutable, refuses unknown keys, and converts no types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(Table):
    """The VPC and its subnets."""

    cidr: Cidr = "10.0.0.0/16"
    zones: Annotated[int, Field(ge=2, le=6)] = 2
    nat_gateways: Annotated[int, Field(ge=0)] = 1

    @field_validator("nat_gateways")
    @classmethod
    def _check_nat_gateways_fit_zones(cls, value: int, info: ValidationInfo) -> int:
        if value > (zones := info.data.get("zones", value)):
            raise ValueError(f"must not exceed network.zones ({zones})")
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


class LogSettings(Table):
    """The retention of all logs, and switches for the optional logs."""

    retention_days: RetentionDays = 30
    flow_logs: bool = True
    access_logs: bool = True


class PipelineSettings(Table):
    """The pushes that are deployed, their order, and the compute of the build.

    `build_compute` is a compute mode of CodeBuild. Both modes run the same build.

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
        """The watched tag, which each push moves to another image. None if a pattern is watched."""
        return None if WILDCARD in self.watch else self.watch

    @property
    def default_tag(self) -> str:
        """The tag of the image that is deployed without a push: the watched tag, or `NO_TAG` if a pattern is watched.

        A new service deploys the image with this tag, and so does an execution without a source revision. No image has
        the tag `NO_TAG`. So if a pattern is watched, the tasks of a new service start only after the first push.
        """
        return self.moving_tag or NO_TAG

    def watches(self, tag: str) -> bool:
        """Return whether a push with this tag starts a deployment.

        A push with an empty tag, or with a tag that begins with `sha256-`, never starts a deployment.
        """
        return matches(self.watch, tag)

    @field_validator("immutable_tags")
    @classmethod
    def _check_watched_tag_can_move(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator
        watch = info.data.get("watch", WILDCARD)
        if value and WILDCARD not in watch:
            raise ValueError(f"must be false if pipeline.watch is one tag ({watch}), because each push moves this tag")
        return value


class StateSettings(Table):
    """The backend that stores the Terraform state of the stacks.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    backend: Literal["local", "s3"] = "local"
    bucket: Annotated[BucketName | None, Field(validate_default=True)] = None
    region: Region | None = None
    prefix: KeyPrefix | None = None
    kms_key_arn: KeyArn | None = None

    def key(self, stack: str) -> str:
        """Return the key of the S3 object with the state of a stack."""
        return "/".join([*([self.prefix] if self.prefix else []), f"{stack}.tfstate"])

    @field_validator("bucket")
    @classmethod
    def _check_bucket_for_s3(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("backend") == "s3" and not value:
            raise ValueError('required when state.backend is "s3"')
        return value


class GitHubSettings(Table):
    """A GitHub repository with workflows that assume roles of the environment.

    `repository` is case-sensitive, because IAM compares it with the subject of GitHub's token.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """

    repository: Repository
    branch: Branch = "main"
    oidc_provider_arn: OidcProviderArn | None = None


class CiSettings(GitHubSettings):
    """The repository of this project, with workflows that plan and deploy the environment."""


class PushSettings(GitHubSettings):
    """The repository of the application, with a workflow that pushes images of the container."""


MOST_PRINCIPALS = 1_800
"""The limit of characters in all ARNs of the principals together. IAM limits a trust policy to 2,048 characters.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
"""


class PeopleSettings(Table):
    """The IAM roles and users that may assume a role of the environment.

    IAM refuses a principal that does not exist when Terraform creates the role.
    """

    principals: list[PrincipalArn]

    @field_validator("principals")
    @classmethod
    def _check_trust_policy(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("must name at least one role or user, or leave out the table")
        if repeated := sorted({arn for arn in value if value.count(arn) > 1}):
            raise ValueError(f"must not repeat an ARN ({', '.join(repeated)})")
        size = sum(len(f'"{arn}",') for arn in value)
        if size > MOST_PRINCIPALS:
            raise ValueError(
                f"must fit into a trust policy; the ARNs take {size} characters of JSON (at most {MOST_PRINCIPALS})"
            )
        return value


class ViewerSettings(PeopleSettings):
    """The IAM roles and users that may assume the viewer role, with which `ops` looks at the environment."""


class OperatorSettings(PeopleSettings):
    """The IAM roles and users that may assume the operator role, with which `ops` also changes the environment."""
