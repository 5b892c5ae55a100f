"""Access to an environment: its settings and clients, and errors about parts that are not deployed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from operations.clients import Clients
from operations.system.service import NotDeployedError, active_service
from settings import Settings

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import ServiceTypeDef

Found = TypeVar("Found")

MISSING = {
    "ClusterNotFoundException",
    "PipelineNotFoundException",
    "RepositoryNotFoundException",
    "ServiceNotFoundException",
}


@dataclass(frozen=True)
class Access:
    """The settings of an environment, and the clients with which its parts are read."""

    settings: Settings
    client: Clients

    @property
    def name(self) -> str:
        """The name of the environment."""
        return self.settings.environment

    def service(self) -> "ServiceTypeDef":
        """Return the service as DescribeServices does.

        Raises:
            NotDeployedError: The service does not exist.
        """
        return self.existing(active_service(self.client("ecs"), self.settings), f"service {self.settings.name}")

    def existing(self, found: Found | None, what: str) -> Found:
        """Return a part of the environment.

        Args:
            found: The part, or None if it does not exist.
            what: The kind and the name of the part, for the error message.

        Raises:
            NotDeployedError: The part does not exist.
        """
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
