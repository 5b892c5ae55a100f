"""The service principals that a policy allows.

AWS checks these principals when a request names a role or a key for a service to use. `evaluation.py` decides the later
calls of the service, with the conditions of the policy.
"""

import json
from collections.abc import Iterator
from typing import TypeVar

from localaws.json_types import JsonObject

Item = TypeVar("Item")


def allows_service(policy: str, service: str) -> bool:
    """Return whether a statement of a policy allows a service, such as "states.amazonaws.com".

    The regional principal of the service counts too, such as "logs.eu-west-1.amazonaws.com".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
    """
    statements = json.loads(policy).get("Statement", [])
    allowed = [one for one in _listed(statements) if one["Effect"] == "Allow"]
    name, _, suffix = service.partition(".")
    return any(
        principal == service or (principal.startswith(f"{name}.") and principal.endswith(f".{suffix}"))
        for statement in allowed
        for principal in _services(statement.get("Principal", {}))
    )


def _services(principal: JsonObject | str) -> Iterator[str]:
    yield from _listed(principal.get("Service", [])) if isinstance(principal, dict) else ()


def _listed(value: Item | list[Item]) -> list[Item]:
    return value if isinstance(value, list) else [value]
