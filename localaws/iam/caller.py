"""The caller of an AWS API."""

from collections.abc import Callable
from dataclasses import dataclass

from localaws.clients import Client

ClientFactory = Callable[[str], Client]
"""Takes the name of a service, and returns a client of the service."""


@dataclass(frozen=True)
class Caller:
    """The account and region of a caller, and unrestricted clients to look up resources on which its calls depend."""

    partition: str
    region: str
    account: str
    client: ClientFactory

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the caller's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
