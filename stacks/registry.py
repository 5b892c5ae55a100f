"""What must hold an image before anything can run."""

from cdktf import TerraformOutput
from constructs import Construct

from modules.repository import Repository
from settings import Settings
from stacks.stack import AwsStack


class RegistryStack(AwsStack):
    """The image repository, deployed first; then a person or a CI job pushes an image."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, s3_use_path_style: bool) -> None:
        super().__init__(scope, id_, settings=settings, s3_use_path_style=s3_use_path_style)

        self.repository = Repository(
            self, "repository", name=settings.name, protect=settings.protect, settings=settings.pipeline
        )

        TerraformOutput(self, "repository_url", value=self.repository.url)
