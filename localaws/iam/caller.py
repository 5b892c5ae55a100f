"""The caller of an AWS API."""

from collections.abc import Callable
from dataclasses import dataclass

from localaws.clients import Client

ClientFactory = Callable[[str], Client]
"""Returns the client of a service."""


@dataclass(frozen=True)
class Caller:
    """The account and region of a caller, with unrestricted clients to look up what the call depends on."""

    partition: str
    region: str
    account: str
    client: ClientFactory

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the caller's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
