"""The IAM role of the workflow that pushes images of the application."""

from constructs import Construct

from modules.github.oidc_provider import OidcProvider, jobs_in_environment
from modules.iam import Role
from settings import PushSettings, Settings


class PushRole(Construct):
    """The role of the workflow in the application's repository. The verbs of other constructs grant its permissions.

    The role is for jobs on the branch in the settings, in a GitHub environment. The GitHub environment has the same
    name as the environment in the settings.
    """

    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, push: PushSettings, provider: OidcProvider
    ) -> None:
        super().__init__(scope, id_)

        self.role = Role(
            self,
            "Default",
            name=f"github-{settings.name}-push",
            assumed_by=jobs_in_environment(provider, push, environment=settings.environment),
        )
