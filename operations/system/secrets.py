"""The secrets and parameters that feed variables of the container. Nothing here returns a value.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from operations.system.definitions import Definition

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

MOST_NAMES = 50
"""The limit of names in one request of DescribeParameters.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

VERSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The id of a version of a secret. Another text is the stage of a version, such as `AWSPREVIOUS`."""


@dataclass(frozen=True)
class Reference:
    """A variable of the container, and the secret or the parameter that feeds it."""

    variable: str
    source: str
    """The ARN of the secret or of the parameter, without the JSON key and the version."""
    json_key: str
    """The key in the JSON of the secret. Empty if the variable gets the whole value."""
    version: str
    """The stage or the id of the version of the secret. Empty for the current version."""

    @classmethod
    def read(cls, variable: str, value_from: str) -> "Reference":
        """Return the reference in a task definition."""
        parts = value_from.split(":")
        if not value_from.startswith("arn:") or parts[2] != "secretsmanager":
            return cls(variable, value_from, "", "")
        key, stage, version = (*parts[7:], "", "", "")[:3]
        return cls(variable, ":".join(parts[:7]), key, stage or version)

    @property
    def is_parameter(self) -> bool:
        """Whether the source is a parameter of Systems Manager. A parameter can be named without an ARN."""
        return ":secretsmanager:" not in self.source

    @property
    def name(self) -> str:
        """The name of the parameter, or of the secret, without the characters that Secrets Manager adds to an ARN."""
        if not self.source.startswith("arn:"):
            return self.source
        last = self.source.split(":", 5)[5]
        if not self.is_parameter:
            return re.sub(r"-[A-Za-z0-9]{6}$", "", last.removeprefix("secret:"))
        name = last.removeprefix("parameter/")
        return f"/{name}" if "/" in name else name

    @property
    def region(self) -> str | None:
        """The region in the ARN. None for a parameter without an ARN."""
        return self.source.split(":")[3] if self.source.startswith("arn:") else None


@dataclass(frozen=True)
class Source:
    """A secret or a parameter."""

    changed: datetime | None
    """When the value or a setting last changed."""
    rotated: datetime | None
    """The last rotation. None if the value was never rotated, and for a parameter."""
    deleted: datetime | None
    """When somebody scheduled the deletion of the secret. The container can no longer get its value."""
    key: str = ""
    """The id, the ARN or the alias of the KMS key. Empty if AWS manages the key of a secret."""


def references(definition: Definition) -> list[Reference]:
    """Return the references of a container, in the order of their variables."""
    return [Reference.read(variable, value_from) for variable, value_from in sorted(definition.secrets.items())]


def secret(client: "SecretsManagerClient", arn: str) -> Source | None:
    """Return a secret, or None if it does not exist.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    try:
        found = client.describe_secret(SecretId=arn)
    except client.exceptions.ResourceNotFoundException:
        return None
    return Source(
        found.get("LastChangedDate"), found.get("LastRotatedDate"), found.get("DeletedDate"), found.get("KmsKeyId", "")
    )


def parameters(client: Any, names: Sequence[str]) -> dict[str, Source]:
    """Return the parameters that exist, by name.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
    """
    found: dict[str, Source] = {}
    for first in range(0, len(names), MOST_NAMES):
        filters = [{"Key": "Name", "Option": "Equals", "Values": [*names[first : first + MOST_NAMES]]}]
        for page in client.get_paginator("describe_parameters").paginate(ParameterFilters=filters):
            found |= {
                each["Name"]: Source(each.get("LastModifiedDate"), None, None, each.get("KeyId", ""))
                for each in page["Parameters"]
            }
    return found


def keys(client: "SecretsManagerClient", of: Reference) -> set[str] | None:
    """Return the keys in the JSON of a secret, or None if the value is not a JSON object. No value is returned.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    version = {"VersionId" if VERSION_ID.fullmatch(of.version) else "VersionStage": of.version} if of.version else {}
    try:
        value = json.loads(client.get_secret_value(SecretId=of.source, **version).get("SecretString", ""))
    except ValueError:
        return None
    return {*value} if isinstance(value, dict) else None
