"""IAM roles and policies. No other module writes policy JSON."""

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

# AWS documents no condition key that CodePipeline sends when it assumes its role, so the trust policy has no condition:
# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
_WITHOUT_SOURCE_ACCOUNT = {"codepipeline.amazonaws.com"}

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Operators with condition keys and their values, as in `{"StringEquals": {"aws:ResourceAccount": "..."}}`."""

Statement = Mapping[str, object]
"""One statement of a policy document."""


@dataclass(frozen=True)
class Federation:
    """Principals that have a token of an OIDC provider, if the token meets the conditions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """

    provider_arn: str
    conditions: Conditions


@dataclass(frozen=True)
class Principals:
    """IAM roles and users, which must exist.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    arns: Sequence[str]


def statement(
    effect: Literal["Allow", "Deny"],
    *,
    sid: str | None = None,
    principal: str | Mapping[str, str | Sequence[str]] | None = None,
    actions: str | Sequence[str],
    resources: str | Sequence[str] | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """Return a policy statement. Only the statements of resource-based and trust policies name a principal.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html
    """
    elements = {
        "Sid": sid,
        "Effect": effect,
        "Principal": principal,
        "Action": actions,
        "Resource": resources,
        "Condition": conditions,
    }
    return {name: element for name, element in elements.items() if element}


def policy(*statements: Statement) -> str:
    """Return the JSON of a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class _Grantee(Construct):
    """A construct with an identity-based policy. Each grant adds a statement to the policy."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)

        self._statements: list[Statement] = []

    def allow(
        self,
        sid: str,
        *,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Conditions | None = None,
    ) -> None:
        """Allow actions on resources.

        Args:
            sid: The statement's id: letters and digits, unique in the policy.
            actions: Actions such as `s3:GetObject`. `*` is refused.
            resources: ARNs, or `*` where an action supports no ARN.
            conditions: The conditions that the request must meet.

        Raises:
            ValueError: `sid` is malformed or not unique, or `actions` contains `*`.
        """
        if not sid.isalnum():
            raise ValueError(f"{self.node.path}: sid must be letters and digits, got {sid!r}")
        if any(earlier["Sid"] == sid for earlier in self._statements):
            raise ValueError(f"{self.node.path}: sid must be unique in the policy, got {sid!r} again")
        if "*" in actions:
            raise ValueError(f"{self.node.path}: actions must be named, got '*'")

        self._statements.append(
            statement("Allow", sid=sid, actions=actions, resources=resources, conditions=conditions)
        )
        self._write(policy(*self._statements))

    def _write(self, document: str) -> None:
        raise NotImplementedError


class ManagedPolicy(_Grantee):
    """A customer managed policy, which can be attached to several roles. IAM limits the policy to 6,144 characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)

        self._policy = IamPolicy(self, "Default", name=name, policy="")
        self.arn = self._policy.arn

    def _write(self, document: str) -> None:
        self._policy.policy = document


class Role(_Grantee):
    """An IAM role with one inline policy, which contains every grant. IAM limits the policy to 10,240 characters.

    The trust policy lets an AWS service assume the role only for resources of the role's own account. CodePipeline is
    the exception, because AWS documents no condition key for CodePipeline.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention

    Args:
        name: The name of the role in IAM.
        assumed_by: An AWS service such as `ecs-tasks.amazonaws.com`, a federation, or roles and users.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, assumed_by: str | Federation | Principals) -> None:
        super().__init__(scope, id_)

        role = IamRole(self, "Default", name=name, assume_role_policy=policy(self._trust(assumed_by)))
        self._name = role.name
        self._inline: IamRolePolicy | None = None
        self.arn = role.arn

    @property
    def inline_policy(self) -> IamRolePolicy:
        """The inline policy, for the `depends_on` of resources that assume the role. Later grants are added to it, too.

        Raises:
            ValueError: The role has no grant yet, so it has no inline policy.
        """
        if not self._inline:
            raise ValueError(f"{self.node.path}: the role has no policy yet; call a grant before inline_policy")
        return self._inline

    def attach(self, managed: ManagedPolicy) -> None:
        """Attach a managed policy."""
        IamRolePolicyAttachment(self, managed.node.id, role=self._name, policy_arn=managed.arn)

    def _write(self, document: str) -> None:
        if self._inline:
            self._inline.policy = document
        else:
            self._inline = IamRolePolicy(self, "rights", name="rights", role=self._name, policy=document)

    def _trust(self, assumed_by: str | Federation | Principals) -> Statement:
        if isinstance(assumed_by, Principals):
            return statement("Allow", principal={"AWS": assumed_by.arns}, actions="sts:AssumeRole")
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
            if assumed_by in _WITHOUT_SOURCE_ACCOUNT
            else {"StringEquals": {"aws:SourceAccount": account_id(self)}},
        )
