"""The repository, the service and the pipeline of a deployed environment, used through the AWS API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from operations.executions import Executions
from operations.images.repository import Repository
from operations.service import NotDeployedError, Running, running
from operations.sessions import session
from settings import Settings

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

MISSING = {"RepositoryNotFoundException", "PipelineNotFoundException"}


class DeployedEnvironment:
    """The repository, the service and the pipeline of an environment. All have the name of the system.

    Args:
        settings: The settings of the environment.
        command: The name of the role session, which CloudTrail shows.

    Raises:
        OutsideError: The credentials belong to another account.
        ClientError: AWS refuses the credentials.
    """

    def __init__(self, settings: Settings, *, command: str) -> None:
        self.settings = settings
        self.name = settings.environment
        made = session(settings, command)
        self.repository = Repository(made.client("ecr"), settings.name)
        self.executions = Executions(made.client("codepipeline"), settings.name)
        self._ecs: ECSClient = made.client("ecs")

    def running(self) -> Running:
        """Return the newest deployment of the service.

        Raises:
            NotDeployedError: The environment is not deployed.
        """
        return running(self._ecs, self.settings)

    @contextmanager
    def deployed(self) -> Iterator[None]:
        """Report that the environment is not deployed, if a request in the block fails because a part does not exist.

        Raises:
            NotDeployedError: The environment is not deployed.
        """
        try:
            yield
        except ClientError as error:
            answer = error.response["Error"]
            if answer["Code"] not in MISSING:
                raise
            raise NotDeployedError(
                f"{self.name}: is not deployed ({answer['Message']}); run make deploy ENV={self.name}"
            ) from None
