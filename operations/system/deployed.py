"""The one reader of a deployed environment, through the AWS API: the parts that commands read and change."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.exceptions import ClientError

from operations.images.repository import PushedImage, Repository
from operations.system import certificate, database, load_balancer, tasks
from operations.system.certificate import Certificate
from operations.system.database import Database, Password
from operations.system.executions import Executions, Stage
from operations.system.load_balancer import Target
from operations.system.service import NotDeployedError, Running, running
from operations.system.tasks import Task
from settings import Settings

if TYPE_CHECKING:
    from types_boto3_acm import ACMClient
    from types_boto3_ecr import ECRClient
    from types_boto3_ecs import ECSClient
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_rds import RDSClient
    from types_boto3_secretsmanager import SecretsManagerClient

Found = TypeVar("Found")

MISSING = {
    "ClusterNotFoundException",
    "PipelineNotFoundException",
    "RepositoryNotFoundException",
    "ServiceNotFoundException",
}


class DeployedEnvironment:
    """The parts of an environment. Each part is found by the name of the system, or by its tags.

    The methods raise ClientError for requests that AWS refuses. They can run in several threads.

    Args:
        settings: The settings of the environment.
        made: The session with the credentials of the command.
    """

    def __init__(self, settings: Settings, made: boto3.Session) -> None:
        self.settings = settings
        self.name = settings.environment
        ecr: ECRClient = made.client("ecr")
        self.repository = Repository(ecr, settings.name)
        self._image_not_found = ecr.exceptions.ImageNotFoundException
        self.executions = Executions(made.client("codepipeline"), settings.name)
        self._ecs: ECSClient = made.client("ecs")
        self._elbv2: ElasticLoadBalancingv2Client = made.client("elbv2")
        self._acm: ACMClient = made.client("acm")
        self._rds: RDSClient = made.client("rds")
        self._secrets: SecretsManagerClient = made.client("secretsmanager")

    def running(self) -> Running:
        """Return the newest deployment of the service.

        Raises:
            NotDeployedError: The environment is not deployed.
        """
        return running(self._ecs, self.settings)

    def tasks(self) -> list[Task]:
        """Return the tasks that run and those that stopped in the last hour, the newest first.

        Raises:
            NotDeployedError: The service does not exist.
        """
        with self.deployed():
            return tasks.of_service(self._ecs, self.settings.name)

    def targets(self, of: Running) -> list[Target]:
        """Return the targets of the load balancer, with their health."""
        return load_balancer.targets(self._elbv2, of.target_groups)

    def stages(self) -> list[Stage]:
        """Return the stages of the pipeline, each with its last execution.

        Raises:
            NotDeployedError: The pipeline does not exist.
        """
        with self.deployed():
            return self.executions.stages()

    def image(self, digest: str) -> PushedImage | None:
        """Return the image with a digest, or None if the repository does not have it.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.deployed(), suppress(self._image_not_found):
            return self.repository.pushed(digest)
        return None

    def certificate(self) -> Certificate:
        """Return the certificate.

        Raises:
            NotDeployedError: The certificate does not exist.
        """
        return self._existing(certificate.find(self._acm, self.settings), f"certificate of {self.settings.domain}")

    def database(self) -> Database:
        """Return the database.

        Raises:
            NotDeployedError: The database does not exist.
        """
        return self._existing(database.find(self._rds, self.settings), f"database {self.settings.name}")

    def password(self, of: Database) -> Password:
        """Return when the master password of the database was rotated."""
        return database.password(self._secrets, of.secret)

    def _existing(self, found: Found | None, what: str) -> Found:
        if found is None:
            raise NotDeployedError(f"{self.name}: the {what} does not exist; run make deploy ENV={self.name}")
        return found

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
