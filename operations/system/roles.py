"""IAM roles: the services that a role trusts, and the actions that its policies allow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from operations.json_types import JsonObject

ASSUME = {"sts:AssumeRole", "sts:*", "*"}


class IamClient(Protocol):
    """The operations of a client of IAM that are needed here."""

    def get_role(self, **members: object) -> Mapping[str, Any]:
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html."""

    def simulate_principal_policy(self, **members: object) -> Mapping[str, Any]:
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html."""


@dataclass(frozen=True)
class Role:
    """A role."""

    arn: str
    services: frozenset[str]
    """The AWS services that the trust policy allows to assume the role. Conditions are not evaluated."""


def find(iam: IamClient, arn: str) -> Role | None:
    """Return a role, or None if it does not exist."""
    try:
        found = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return None
    return Role(found["Arn"], frozenset(_trusted(found["AssumeRolePolicyDocument"])))


def may(iam: IamClient, arn: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Return whether the policies of a role allow an action. No resource-based policy is part of this decision.

    IAM returns the decision about all resources of a request, so each request has one resource.

    Args:
        iam: A client of IAM.
        arn: The ARN of the role.
        action: The action, such as `secretsmanager:GetSecretValue`.
        resource: The ARN of the resource, or `*`.
        context: Condition keys of the request, with their values.
    """
    [result] = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in (context or {}).items()
        ],
    )["EvaluationResults"]
    return str(result["EvalDecision"]) == "allowed"


def _trusted(document: JsonObject) -> Iterator[str]:
    """Yield the services that a trust policy allows to assume the role."""
    for statement in _list(document.get("Statement")):
        principal = statement.get("Principal")
        if statement.get("Effect") == "Allow" and ASSUME & {*_list(statement.get("Action"))}:
            yield from _list(principal.get("Service")) if isinstance(principal, dict) else []


def _list(value: Any) -> list[Any]:
    """Return the elements of a list, or the only value. In a policy, both forms are allowed."""
    return [] if value is None else value if isinstance(value, list) else [value]
