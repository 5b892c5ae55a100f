"""What every stack has in common."""

from cdktf import LocalBackend, S3Backend, S3BackendAssumeRoleConfig, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderAssumeRole, AwsProviderDefaultTags
from constructs import Construct

from settings import Settings

TERRAFORM_VERSIONS = ">= 1.10"


class AwsStack(TerraformStack):
    """A stack with the AWS provider, its account, its tags, its versions and its state in place.

    `s3_use_path_style` is for endpoints that have no bucket in their host name, as a local AWS has none.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, s3_use_path_style: bool) -> None:
        super().__init__(scope, id_)

        AwsProvider(
            self,
            "aws",
            region=settings.region,
            allowed_account_ids=[settings.account_id] if settings.account_id else None,
            assume_role=[AwsProviderAssumeRole(role_arn=settings.role_arn)] if settings.role_arn else None,
            s3_use_path_style=s3_use_path_style or None,
            default_tags=[
                AwsProviderDefaultTags(
                    tags=settings.tags
                    | {"app": settings.app, "environment": settings.environment, "managed-by": "terraform"}
                )
            ],
        )
        self.state_key = "/".join([*([settings.state.prefix] if settings.state.prefix else []), f"{id_}.tfstate"])
        """Where in a bucket its state lies, if that is where it is kept."""

        self.add_override("terraform.required_version", TERRAFORM_VERSIONS)
        # The bindings pin the one version they were generated from; only arguments that older ones have are used too.
        self.add_override("terraform.required_providers.aws.version", settings.aws_provider_versions)
        if settings.state.backend == "s3":
            self._keep_state_in_s3(settings, s3_use_path_style=s3_use_path_style)
        else:
            self._keep_state_here()

    def _keep_state_here(self) -> None:
        """Keep the state beside the output folder, as `terraform.<stack>.tfstate`."""
        # Relative to the stack's own folder, in which Terraform runs: no path of one machine enters the JSON.
        LocalBackend(self, path=f"../../../terraform.{self.node.id}.tfstate")

    def _keep_state_in_s3(self, settings: Settings, *, s3_use_path_style: bool) -> None:
        """Keep the state in a bucket, locked while a command runs.

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
            use_path_style=s3_use_path_style or None,
        )
        backend.add_override("use_lockfile", value=True)
