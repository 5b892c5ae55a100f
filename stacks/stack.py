"""What every stack has in common."""

from cdktf import LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from settings import Settings

TERRAFORM_VERSIONS = ">= 1.10"
# The bindings pin the one version they were generated from; only arguments that all of these have are used.
AWS_PROVIDER_VERSIONS = ">= 5.100.0, < 7.0.0"


class AwsStack(TerraformStack):
    """A stack with the AWS provider, its tags, its versions and its state in place.

    The state lies beside the output folder, as `terraform.<stack>.tfstate`. `s3_use_path_style` is for endpoints that
    have no bucket in their host name, as a local AWS has none.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, s3_use_path_style: bool) -> None:
        super().__init__(scope, id_)

        AwsProvider(
            self,
            "aws",
            region=settings.region,
            s3_use_path_style=s3_use_path_style or None,
            default_tags=[
                AwsProviderDefaultTags(
                    tags={"app": settings.app, "environment": settings.environment, "managed-by": "terraform"}
                )
            ],
        )
        self.add_override("terraform.required_version", TERRAFORM_VERSIONS)
        self.add_override("terraform.required_providers.aws.version", AWS_PROVIDER_VERSIONS)
        # Relative to the stack's own folder, in which Terraform runs: no path of one machine enters the JSON.
        LocalBackend(self, path=f"../../../terraform.{id_}.tfstate")
