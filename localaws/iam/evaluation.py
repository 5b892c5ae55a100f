"""Decisions of IAM, made by the npm package iam-simulate, which follows IAM's evaluation logic.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Protocol

from localaws.json_types import JsonObject
from localaws.node.process import NodeProcess

_PROGRAM = Path(__file__).with_suffix(".mjs")
_ASSUME, _TRUST = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"), "role trust policy"

SESSION = "local-aws"
"""The name of the sessions in which AWS services act for a role."""


@dataclass(frozen=True)
class Request:
    """A request to IAM: an action on a resource, with condition keys as its context.

    Usually the role that calls the API also makes the request. If `principal` names an AWS service, that service makes
    the request instead.
    """

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict)
    principal: str | None = None


@dataclass(frozen=True)
class Policies:
    """The policies that apply to a request."""

    identity: tuple[JsonObject, ...] = ()
    """The caller's policies, each as `{"name": ..., "policy": document}`."""
    boundary: JsonObject | None = None
    """The caller's permissions boundary."""
    resource: JsonObject | None = None
    """The policy of the resource, such as a bucket policy or a trust policy."""


@dataclass(frozen=True)
class Decision:
    """A decision of IAM."""

    allowed: bool
    by: tuple[str, ...]
    """The statements that decided the request, each as its Sid or as its number in the policy."""
    message: str
    """IAM's message for a denial, or "" if the request is allowed."""
    why: str
    """The end of `message`. It names the kind of policy that denied the request."""


class Decide(Protocol):
    """A function that decides and records a request."""

    def __call__(
        self, principal: str, request: Request, *, account: str, region: str, session: str = SESSION
    ) -> Decision:
        """Decide a request.

        Args:
            principal: The ARN of a role, a user or an OIDC provider, or the principal of a service.
            request: The request. A key in its context replaces the key of the same name that every request has.
            account: The account of the resource.
            region: The region of the request.
            session: The name of the role's session, for IAM's message.
        """
        ...


class Iam:
    """The Node process that evaluates policies. `close` ends it."""

    def __init__(self) -> None:
        self._node = NodeProcess(_PROGRAM)

    def decide(
        self, principal: str, request: Request, policies: Policies, *, account: str, session: str = SESSION
    ) -> Decision:
        """Decide a request.

        Args:
            principal: The ARN of a role, a user or an OIDC provider, or the principal of a service.
            request: The request.
            policies: The policies that apply to the request.
            account: The account of the resource.
            session: The name of the role's session, for IAM's message.

        Raises:
            ValueError: AWS does not have the action or a context key, the resource does not fit the action, or a
                policy is malformed.
            RuntimeError: The Node process ended.
        """
        answer = self._node.ask(
            {
                "principal": principal,
                "action": request.action,
                "resource": request.resource,
                "account": account,
                "context": request.context,
                "identity": policies.identity,
                "boundary": policies.boundary,
                "policy": policies.resource,
            }
        )
        if wrong := answer.get("error") or answer.get("ignored"):
            raise ValueError(f"IAM cannot decide {asdict(request)}: {json.dumps(wrong)}")
        return _decision(principal, request, answer, session)

    def close(self) -> None:
        """End the Node process."""
        self._node.close()


def _decision(principal: str, request: Request, answer: JsonObject, session: str) -> Decision:
    """Return the decision, with the message that IAM documents.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    identity, resource = answer["identity"], answer["resource"]
    if answer["result"] == "Allowed":
        return Decision(allowed=True, by=(*identity["allow"], *resource["allow"]), message="", why="")
    denied = {
        "an identity-based policy": identity["deny"],
        "a permissions boundary": answer["boundary"]["deny"],
        f"the {_TRUST}" if request.action in _ASSUME else "a resource-based policy": resource["deny"],
    }
    if where := next((kind for kind, statements in denied.items() if statements), None):
        why = f"with an explicit deny in {where}"
    else:
        why = f"because no {_missing(principal, request, answer)} allows the {request.action} action"
    who = _session_arn(principal, session) if ":role/" in principal else principal
    message = f"User: {who} is not authorized to perform: {request.action} on resource: {request.resource} {why}"
    return Decision(allowed=False, by=tuple(chain(*denied.values())), message=message, why=why)


def _missing(principal: str, request: Request, answer: JsonObject) -> str:
    """Return the first kind of policy that should have allowed the request, but did not."""
    identity, resource = answer["identity"]["allow"], answer["resource"]["allow"]
    if request.action in _ASSUME and not resource:
        return _TRUST
    if principal.startswith("arn:") and not identity and not answer["named"]:
        return "identity-based policy"
    return "permissions boundary" if answer["bounded"] else "resource-based policy"


def _session_arn(role_arn: str, session: str) -> str:
    _, partition, _, _, account, role = role_arn.split(":")
    return f"arn:{partition}:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{session}"
