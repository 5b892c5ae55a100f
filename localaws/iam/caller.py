"""The caller of an AWS API, as far as authorization depends on it."""

from collections.abc import Callable
from dataclasses import dataclass

from localaws.clients import Client

ClientFactory = Callable[[str], Client]
"""Returns the client of a service."""


@dataclass(frozen=True)
class Caller:
    """The account and region of the caller of an API. `client` gives unrestricted clients, as AWS itself has them."""

    partition: str
    region: str
    account: str
    client: ClientFactory

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the caller's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
