"""The stack with the image repository."""

from cdktf import TerraformOutput
from constructs import Construct

from modules.environment import Environment
from modules.repository import Repository
from settings import Settings
from stacks.stack import AwsStack


class RegistryStack(AwsStack):
    """The image repository. It is deployed first, so that a person or a CI job can push an image."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, settings=settings)

        environment = Environment.of(settings)
        self.repository = Repository(self, "repository", environment=environment, settings=settings.pipeline)

        TerraformOutput(self, "repository_url", value=self.repository.url)
