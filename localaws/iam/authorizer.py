"""IAM's decisions on requests, by the policies as they are at that time."""

import threading
from collections.abc import Sequence

from localaws.control import DecisionRecord
from localaws.iam import policies
from localaws.iam.evaluation import SESSION, Decision, Iam, Request
from localaws.iam.roles import CODEPIPELINE


class Authorizer:
    """IAM in the server of the local AWS. Several threads may use it at the same time.

    Args:
        state_lock: The lock on moto's state.
    """

    def __init__(self, state_lock: threading.RLock) -> None:
        self._state_lock = state_lock
        self._iam = Iam()
        self._decisions: list[DecisionRecord] = []

    @property
    def decisions(self) -> Sequence[DecisionRecord]:
        """The decisions so far, oldest first."""
        return self._decisions

    def decide(
        self, principal: str, request: Request, *, account: str, region: str, session: str = SESSION
    ) -> Decision:
        """Decide and record a request. The arguments are those of `Decide`."""
        full = Request(request.action, request.resource, _context(principal, account, region, request))
        with self._state_lock:
            deployed = policies.deployed(principal, request)
        decision = self._iam.decide(principal, full, deployed, account=account, session=session)
        self._decisions.append(
            {
                "principal": principal,
                "action": full.action,
                "resource": full.resource,
                "context": full.context,
                "allowed": decision.allowed,
                "by": list(decision.by),
                "message": decision.message,
                "why": decision.why,
            }
        )
        return decision

    def simulate(self, principal: str, request: Request, *, account: str) -> Decision:
        """Decide a request that nobody makes, only by the policies of a role and the condition keys of the request.

        Args:
            principal: The ARN of the role.
            request: The request.
            account: The account of the resource.

        Raises:
            ValueError: IAM cannot decide the request.
        """
        with self._state_lock:
            own = policies.of_role(principal, account)
        return self._iam.decide(principal, request, own, account=account)


def _context(principal: str, account: str, region: str, request: Request) -> dict[str, str]:
    """Return the condition keys of a request.

    Each service sets aws:SourceAccount, except CodePipeline: its documentation does not name this key. Here, no service
    sets aws:SourceArn, so a trust policy with a condition on aws:SourceArn denies AssumeRole.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
    """
    common = {"aws:ResourceAccount": account, "aws:RequestedRegion": region, "aws:SecureTransport": "true"}
    if not principal.startswith("arn:"):
        source = {} if principal == CODEPIPELINE else {"aws:SourceAccount": account}
        of_principal = {**source, "aws:PrincipalIsAWSService": "true"}
    elif ":oidc-provider/" in principal:
        of_principal = {"aws:FederatedProvider": principal, "aws:PrincipalIsAWSService": "false"}
    else:
        of_principal = {
            "aws:PrincipalArn": principal,
            "aws:PrincipalAccount": principal.split(":")[4],
            "aws:PrincipalIsAWSService": "false",
        }
    return {**common, **of_principal, **request.context}
