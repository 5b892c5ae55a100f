"""The base of every stack: provider, account, tags, versions and state."""

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderAssumeRole, AwsProviderDefaultTags
from constructs import Construct

from modules.permissions_boundary import PermissionsBoundary
from settings import Settings

TERRAFORM_VERSIONS = ">= 1.10"

PATH_STYLE_S3 = "path_style_s3"
"""The context key that makes the provider and the backend use path-style S3 URLs. A local AWS needs such URLs."""


class AwsStack(TerraformStack):
    """A stack with the AWS provider and the state backend of the environment."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_)

        path_style_s3 = self.node.try_get_context(PATH_STYLE_S3)
        AwsProvider(
            self,
            "aws",
            region=settings.region,
            allowed_account_ids=[settings.account_id] if settings.account_id else None,
            assume_role=[AwsProviderAssumeRole(role_arn=settings.role_arn)] if settings.role_arn else None,
            s3_use_path_style=path_style_s3,
            default_tags=[
                AwsProviderDefaultTags(
                    tags=settings.tags
                    | {"app": settings.app, "environment": settings.environment, "managed-by": "terraform"}
                )
            ],
        )
        self.state_key = settings.state.key(id_)
        """The key of the S3 object with the state of the stack, if the state is in S3."""

        if settings.permissions_boundary_arn:
            PermissionsBoundary(policy_arn=settings.permissions_boundary_arn).apply_to(self)
        self.add_override("terraform.required_version", TERRAFORM_VERSIONS)
        # By default, the bindings require the provider version that they were generated from. The settings can ask for
        # an older version, because the stacks use only arguments that older versions also have.
        self.add_override("terraform.required_providers.aws.version", settings.aws_provider_versions)
        if settings.state.backend == "s3":
            self._use_s3_backend(settings, path_style_s3=path_style_s3)
        else:
            # The path is relative to the stack's folder, in which Terraform runs. So the JSON is the same on every
            # machine.
            LocalBackend(self, path=f"../../../terraform.{id_}.tfstate")

    def _use_s3_backend(self, settings: Settings, *, path_style_s3: bool | None) -> None:
        """Store the state in a bucket. Terraform locks the state while a command runs.

        https://developer.hashicorp.com/terraform/language/backend/s3
        """
        state = settings.state
        assert state.bucket  # noqa: S101 - tells mypy what the settings have checked
        backend = S3Backend(
            self,
            bucket=state.bucket,
            key=self.state_key,
            region=state.region or settings.region,
            encrypt=True,
            kms_key_id=state.kms_key_arn,
            allowed_account_ids=[settings.account_id] if settings.account_id else None,
            assume_role=S3BackendAssumeRoleConfig(role_arn=settings.role_arn) if settings.role_arn else None,
            use_path_style=path_style_s3,
        )
        backend.add_override("use_lockfile", value=True)
