"""Who may do what: the only place that writes policy JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from modules.account import account_id

# AWS's page has the trust policy without a condition, and names none that CodePipeline meets:
# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
_SAYS_NO_SOURCE = {"codepipeline.amazonaws.com"}

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Operator to condition key to what it must be, as in `{"StringEquals": {"aws:ResourceAccount": "..."}}`."""


@dataclass(frozen=True)
class Federation:
    """Who comes with a token of an OIDC provider that meets the conditions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """

    provider_arn: str
    conditions: Conditions


Statement = Mapping[str, object]


def statement(
    effect: Literal["Allow", "Deny"],
    *,
    intent: str | None = None,
    principal: str | Mapping[str, str] | None = None,
    actions: str | Sequence[str],
    resources: str | Sequence[str] | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """What one statement says: `intent`, in CamelCase, is its Sid; only what stands on a resource names a principal.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
    """
    elements = {
        "Sid": intent,
        "Effect": effect,
        "Principal": principal,
        "Action": actions,
        "Resource": resources,
        "Condition": conditions,
    }
    return {name: element for name, element in elements.items() if element}


def policy(*statements: Statement) -> str:
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class _Rights(Construct):
    """Whatever holds a policy to which rights are added."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)

        self._statements: list[Statement] = []

    def allow(
        self,
        intent: str,
        *,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Conditions | None = None,
    ) -> None:
        """Grant actions on resources; `intent`, in CamelCase, becomes the statement's Sid and must be new."""
        if not intent.isalnum():
            raise ValueError(f"intent must be letters and digits only, got {intent!r}")
        if any(earlier["Sid"] == intent for earlier in self._statements):
            raise ValueError(f"intent must be new in its policy, got {intent!r} again")
        if "*" in actions:
            raise ValueError("actions must be named, got '*'")

        self._statements.append(
            statement("Allow", intent=intent, actions=actions, resources=resources, conditions=conditions)
        )
        self._hold(policy(*self._statements))

    def _hold(self, document: str) -> None:
        raise NotImplementedError


class SharedRights(_Rights):
    """A managed policy for one or several roles, in addition to their inline ones; at most 6,144 characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)

        self._policy = IamPolicy(self, "Default", name=name, policy="")
        self.arn = self._policy.arn

    def _hold(self, document: str) -> None:
        self._policy.policy = document


class Role(_Rights):
    """A role that one AWS service or one federation assumes, and the one policy that holds all rights of its own.

    That takes 10,240 characters; what roles have in common may stand in `SharedRights` instead.
    A service assumes it for resources of the role's own account only, so that nobody else's can make it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, assumed_by: str | Federation) -> None:
        super().__init__(scope, id_)

        role = IamRole(self, "Default", name=name, assume_role_policy=policy(self._trust(assumed_by)))
        self._name = role.name
        self.arn = role.arn
        self.rights: list[IamRolePolicy] = []
        """Empty, or the one policy: what must exist before the role is put to work."""

    def share(self, rights: SharedRights) -> None:
        """Grant what others may do, too."""
        IamRolePolicyAttachment(self, rights.node.id, role=self._name, policy_arn=rights.arn)

    def _hold(self, document: str) -> None:
        if not self.rights:
            self.rights.append(IamRolePolicy(self, "rights", name="rights", role=self._name, policy=""))
        self.rights[0].policy = document

    def _trust(self, assumed_by: str | Federation) -> Statement:
        if isinstance(assumed_by, Federation):
            return statement(
                "Allow",
                principal={"Federated": assumed_by.provider_arn},
                actions="sts:AssumeRoleWithWebIdentity",
                conditions=assumed_by.conditions,
            )
        return statement(
            "Allow",
            principal={"Service": assumed_by},
            actions="sts:AssumeRole",
            conditions=None
            if assumed_by in _SAYS_NO_SOURCE
            else {"StringEquals": {"aws:SourceAccount": account_id(self)}},
        )
