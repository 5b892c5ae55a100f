"""AWS's Service Authorization Reference: the resource types and condition keys of each action.

The npm package iam-data contains the reference as JSON.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from dataclasses import dataclass
from functools import cache

from localaws.json_types import JsonObject
from tools import toolchain

_DATA = toolchain.ROOT / "node_modules" / "@cloud-copilot" / "iam-data" / "data"


@dataclass(frozen=True)
class ResourceType:
    """A resource type of an action."""

    name: str
    arn: str
    """The pattern of the ARN, with variables such as `${ClusterName}`."""
    required: bool

    def matches(self, arn: str) -> bool:
        """Return whether an ARN can be of this type."""
        return bool(_expression(self.arn).fullmatch(arn))


@dataclass(frozen=True)
class Action:
    """An action of the reference."""

    resource_types: tuple[ResourceType, ...]
    """The resource types, none if the action does not support resource-level permissions."""
    condition_keys: frozenset[str]
    """The condition keys of the action and of its resource types."""


@cache
def find(name: str) -> Action | None:
    """Return the action with a name such as `ecs:CreateService`, or None if AWS does not have the action."""
    prefix, _, action = name.partition(":")
    found = _of_service("actions", prefix).get(action.lower())
    if found is None:
        return None
    types = _of_service("resourceTypes", prefix)
    keys = [*found["conditionKeys"], *(key for one in found["resourceTypes"] for key in one["conditionKeys"])]
    return Action(
        tuple(
            ResourceType(one["name"], types[one["name"].lower()]["arn"], one["required"])
            for one in found["resourceTypes"]
        ),
        frozenset(keys),
    )


@cache
def _of_service(kind: str, prefix: str) -> JsonObject:
    file = _DATA / kind / f"{prefix}.json"
    found: JsonObject = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Return the expression of an ARN pattern. A name may contain slashes, as the name of a log group does."""
    parts = re.split(r"\$\{\w+\}", pattern)
    return re.compile(".+".join(re.escape(part) for part in parts))
