"""The roles that a call passes to an AWS service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import re
from collections.abc import Iterator

from localaws.iam.evaluation import Request
from localaws.json_types import JsonObject

_SERVICES = {
    "codebuild": "codebuild.amazonaws.com",
    "codepipeline": "codepipeline.amazonaws.com",
    "ec2:CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
    "ecs": "ecs.amazonaws.com",
    "events": "events.amazonaws.com",
    "rds": "monitoring.rds.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
}
"""The service that gets the roles of a service's operations, or of one operation."""

_NOT_PASSED = {"iam", "kms", "sts"}
"""Services in which a role is the resource or a principal."""

_ROLE = re.compile(r"arn:[^:]+:iam::\d+:role/.+")
_NAMES = re.compile(r"role|DeliverLogsPermissionArn", re.IGNORECASE)


def passed_roles(service: str, operation: str, members: JsonObject) -> Iterator[Request]:
    """Yield the request to IAM for each role that a call passes.

    Raises:
        NotImplementedError: The table does not have the service that gets the role.
    """
    if service in _NOT_PASSED:
        return
    for role in sorted(set(_roles(members))):
        to = _SERVICES.get(f"{service}:{operation}") or _SERVICES.get(service)
        if not to:
            raise NotImplementedError(
                f"localaws/iam/reference/passed_roles.py: no entry for {service}:{operation}, which passes {role}; "
                "add the service that gets the role to _SERVICES"
            )
        yield Request("iam:PassRole", role, {"iam:PassedToService": to})


def _roles(members: JsonObject) -> Iterator[str]:
    for name, value in members.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _roles(one)
            elif isinstance(one, str) and _NAMES.search(name) and _ROLE.fullmatch(one):
                yield one
