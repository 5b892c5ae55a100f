"""Permissions: a role lacks an action, trusts another service, or does not exist.

Terraform declares all roles of an environment, so a role that lacks a permission was changed outside Terraform, or has
a permissions boundary or an organization's policy that denies the action.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause
from settings.names import SYSTEM_ROLES, role_name

DENIED = r"not authorized to perform:? (?P<action>[\w-]+:\w+)"
ROLE = r"assumed-role/(?P<role>[\w+=,.@-]+)/"


def causes(case: Case) -> Iterator[Cause]:
    """Yield the permissions that AWS says are missing."""
    if said := case.said(rf"{ROLE}.*?{DENIED}(?:.*?on resource:? (?P<resource>\S+))?", DENIED):
        role, resource = said["role"], said["resource"].rstrip(".,")
        who = f"The role {role}" if role else "A role"
        text = f"{who} lacks the permission {said['action']}{f' on {resource}' if resource else ''}"
        yield cause("permission-missing", text, "certain", _advice(case, role), said.line)
    elif said := case.said(
        r"unable to assume the role '?(?P<arn>[^\s']+)", r"is not authorized to assume|sts:AssumeRole"
    ):
        role = said["arn"].rpartition("/")[2]
        text = f"AWS cannot assume the role {role}: it does not exist, or trusts another service".replace("  ", " ")
        yield cause("role-not-assumable", text, "certain", _advice(case, role), said.line)
    elif said := case.said(
        r"does not have sufficient permissions",
        r"insufficient permissions",
        r"PermissionError",
        r"Access to KMS is not allowed|KMS key .*(?:disabled|denied)|AccessDenied",
        r"does not allow (?:it|AWS CodeBuild) to",
    ):
        text = f"A role lacks a permission ({said.line.partition(':')[0]})"
        if "KMS" in said.line:
            text = "The execution role may not use the KMS key of the secret, or the key is disabled"
        yield cause("permission-missing", text, "likely", _advice(case, ""), said.line)


def _advice(case: Case, role: str) -> str:
    own = {role_name(case.evidence.settings.name, each) for each in SYSTEM_ROLES}
    changed = f"The role {role} was changed outside Terraform. " if role in own else ""
    return (
        f"{changed}`make diff ENV={case.name}` shows how the role differs from the declared role, and `make apply "
        f"ENV={case.name}` restores it. If there is no difference, a permissions boundary, a policy of the "
        "organization or a resource-based policy denies the action"
    )
