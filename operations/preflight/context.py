"""Context: the environment that is checked, and the clients and answers that several checks share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from operations.clients import Clients
from operations.images.repository import Repository
from operations.system.certificate import owns
from operations.system.service import active_service
from settings import Settings

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient
    from types_boto3_ecr.type_defs import RepositoryTypeDef
    from types_boto3_ecs.type_defs import ServiceTypeDef

    from operations.preflight.checks.public_dns import PublicDns

AWS_DOMAINS = (".amazonaws.com", ".api.aws")
"""The ends of the host names of AWS's endpoints: https://docs.aws.amazon.com/general/latest/gr/rande.html"""

Answer = TypeVar("Answer")


@dataclass
class Context:
    """An environment, with the credentials of a deployment. The checks run in threads."""

    settings: Settings
    client: Clients
    """The clients with the credentials of the caller."""
    state_folder: Path
    """The folder of the state files, if the state is local."""
    public_dns: "PublicDns | None" = None
    """The DNS that the checks of the domain ask. None for the DNS of this machine."""
    _sharing: Lock = field(default_factory=Lock)
    _answers: dict[str, Any] = field(default_factory=dict)

    def other_endpoint(self, service: str) -> str | None:
        """Return the endpoint of a service if it is not one of AWS's endpoints, otherwise None."""
        endpoint: str = self.client(service).meta.endpoint_url
        return None if (urlsplit(endpoint).hostname or "").endswith(AWS_DOMAINS) else endpoint

    def owns(self, tags: Iterable[Mapping[str, object]]) -> bool:
        """Return whether a resource with these tags belongs to the environment.

        Args:
            tags: The keys and values of the tags, as AWS's APIs return them.
        """
        return owns(self.settings, tags)

    def service(self) -> "ServiceTypeDef | None":
        """Return the ECS service of the environment, or None if it is not deployed."""
        return self._once("service", lambda: active_service(self.client("ecs"), self.settings))

    def repository(self) -> "RepositoryTypeDef | None":
        """Return the ECR repository of the environment, or None if it is not deployed."""
        return self._once("repository", self._repository)

    def _repository(self) -> "RepositoryTypeDef | None":
        ecr: ECRClient = self.client("ecr")
        try:
            return Repository(ecr, self.settings.name).describe()
        except ecr.exceptions.RepositoryNotFoundException:
            return None

    def _once(self, name: str, ask: Callable[[], Answer]) -> Answer:
        """Return an answer that several checks need. If a request fails, each of the checks gets the error."""
        with self._sharing:
            if name not in self._answers:
                try:
                    self._answers[name] = ask()
                except ClientError as error:
                    self._answers[name] = error
            answer = self._answers[name]
        if isinstance(answer, ClientError):
            raise answer
        found: Answer = answer
        return found
