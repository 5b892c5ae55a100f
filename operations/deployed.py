"""A deployed environment as AWS shows it: its repository, its service, the executions of its pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from operations.executions import Executions
from operations.images import Repository
from operations.service import Running, running
from operations.sessions import session
from settings import Settings
from tools.outside import OutsideError

MISSING = {"RepositoryNotFoundException", "ClusterNotFoundException", "PipelineNotFoundException"}


class Environment:
    """The parts of an environment, which all have the name of the system.

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
        self._ecs = made.client("ecs")

    def running(self) -> Running:
        """Read what the service runs.

        Raises:
            OutsideError: The environment is not deployed.
        """
        with self.expected():
            return running(self._ecs, self.settings)

    @contextmanager
    def expected(self) -> Iterator[None]:
        """In the block, a part that AWS does not have means that the environment is not deployed.

        Raises:
            OutsideError: The environment is not deployed.
        """
        try:
            yield
        except ClientError as error:
            said = error.response["Error"]
            if said["Code"] not in MISSING:
                raise
            raise OutsideError(
                f"{self.name}: is not deployed ({said['Message']}); run make deploy ENV={self.name}"
            ) from None
