"""A call of an AWS API: what it is given, and where it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Client = Callable[[str], Any]
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a call is made, with the clients by which AWS itself looks things up there."""

    partition: str
    region: str
    account: str
    client: Client

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
