"""The ARNs of the resources that a call names.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html#resource-types
"""

import re
from collections.abc import Iterator

from localaws.iam.caller import Caller
from localaws.iam.reference.actions import Action, ResourceType
from localaws.iam.reference.values import VALUES, Values
from localaws.json_types import JsonObject

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_OF_CALLER = ("Partition", "Region", "Account")
"""The variables for the partition, region and account of the caller."""

_ANY = ("Allocate", "Create", "Describe", "List", "Request")
"""The first words of operations that list resources, or that create a resource with an id that AWS generates.

The ARN has `*` in place of the id.
"""

_ONE_TYPE = {"elasticloadbalancing", "route53", "states"}
"""Services in which each call names resources of only one type, although an action lists several as required."""


class UnknownResourceError(Exception):
    """A call without the members that name its resource; the message names the resource type."""


def resources_of(caller: Caller, name: str, action: Action, operation: str, members: JsonObject) -> list[str]:
    """Return the ARNs of the resources of a call, or `*` for an action without resource-level permissions.

    A member that is an ARN of one of the action's resource types names the resource. All other ARNs are patterns of the
    reference, filled with members.

    Args:
        caller: The caller.
        name: The name of the action, such as `ecs:CreateService`.
        action: The action.
        operation: The name of the operation.
        members: The members of the call.

    Raises:
        UnknownResourceError: The call needs a resource that does not follow from its members, or `VALUES` has no entry
            for a variable of this resource.
    """
    if not action.resource_types:
        return ["*"]
    service = name.partition(":")[0]
    values = VALUES.get(service, {})
    found = {kind.name: list(_named(caller, kind, values, members)) for kind in action.resource_types}
    arns = {arn: None for kind in found.values() for arn in kind}  # in order, each one time
    one_type = bool(arns) and service in _ONE_TYPE
    for kind in action.resource_types:
        if found[kind.name] or one_type:
            continue
        _check_listed(service, kind, operation, members)
        if not kind.required:
            continue
        if not operation.startswith(_ANY):
            raise UnknownResourceError(f"no member names the {kind.name}")
        arns |= dict.fromkeys(_filled(caller, kind, values, members, unknown="*"))
    if not arns and operation.startswith(_ANY) and len(action.resource_types) == 1:
        arns |= dict.fromkeys(_filled(caller, action.resource_types[0], values, members, unknown="*"))
    if arns:
        return list(arns)
    raise UnknownResourceError(f"no member names a resource ({', '.join(found)})")


def _check_listed(service: str, kind: ResourceType, operation: str, members: JsonObject) -> None:
    """Refuse a call that creates or lists a resource, if `VALUES` lacks a variable of the resource's ARN.

    IAM would be asked about `*` in place of the variable.
    """
    values = VALUES.get(service, {})
    for variable in _VARIABLE.findall(kind.arn):
        if variable in _OF_CALLER or variable in values or f"{kind.name}.{variable}" in values:
            continue
        if (kind.required and operation.startswith(_ANY)) or (operation.startswith("Create") and variable in members):
            raise UnknownResourceError(f'VALUES["{service}"] has no entry for "{variable}" ({kind.name})')


def _named(caller: Caller, kind: ResourceType, values: Values, members: JsonObject) -> Iterator[str]:
    """Yield the ARNs of a resource type that the members are, or that follow from them."""
    arns = [arn for arn in _arns(members) if kind.matches(arn)]
    yield from arns or _filled(caller, kind, values, members)


def _arns(value: object) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("arn:"):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _arns(one)


def _filled(
    caller: Caller, kind: ResourceType, values: Values, members: JsonObject, unknown: str | None = None
) -> Iterator[str]:
    """Yield the pattern of a resource type, filled with members, one time for each value of a list.

    Args:
        caller: Has the partition, region and account.
        kind: The resource type.
        values: The members with the values of the variables.
        members: The members of the call.
        unknown: The value of a variable without a member. If None, such a pattern is left out.
    """
    known = dict(zip(_OF_CALLER, (caller.partition, caller.region, caller.account), strict=True))
    filled = [kind.arn]
    for variable in _VARIABLE.findall(kind.arn):
        value = values.get(f"{kind.name}.{variable}", values.get(variable))
        given = [known[variable]] if variable in known else value(caller, members) if value else []
        filled = [
            pattern.replace(f"${{{variable}}}", one, 1)
            for pattern in filled
            for one in given or ([unknown] if unknown else [])
        ]
    yield from filled
