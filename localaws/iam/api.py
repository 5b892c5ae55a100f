"""The API of IAM with the policy simulator, which moto lacks."""

from typing import ClassVar

from moto.core.responses import ActionResult
from moto.iam.exceptions import IAMException
from moto.iam.responses import IamResponse

from localaws.iam.evaluation import Decision, Request
from localaws.json_types import JsonObject
from localaws.runner import Runner

SUPPORTED = {"PolicySourceArn", "ActionNames", "ResourceArns", "ContextEntries"}
"""The members of a request that the simulation uses. A request with other members is refused."""


class NotSupportedError(IAMException):
    """A request that AWS answers and the local AWS refuses."""

    code = "NotImplemented"


class InvalidInputError(IAMException):
    """An action that AWS does not have, or a resource that does not fit the action."""

    code = "InvalidInput"


class IamApi(IamResponse):
    """The operations that moto lacks.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
    """

    runner: ClassVar[Runner]

    def simulate_principal_policy(self) -> ActionResult:
        """Decide actions on resources by the policies and the permissions boundary of a role.

        The answer has one result for each action. Its decision is the most restrictive decision about the resources,
        and `ResourceSpecificResults` has the decision about each resource. No resource-based policy decides. The answer
        lacks the matched statements and the missing context keys.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
        https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
        """
        asked: JsonObject = self._get_params()
        if others := sorted(asked.keys() - SUPPORTED):
            raise NotSupportedError(f"localaws/iam/api.py: does not support {', '.join(others)}")
        source = asked["PolicySourceArn"]
        if ":role/" not in source:
            raise NotSupportedError(f"localaws/iam/api.py: PolicySourceArn must be a role, got {source}")
        self.backend.get_role_by_arn(source)  # raises NoSuchEntity
        entries = asked.get("ContextEntries", [])
        if any(len(each["ContextKeyValues"]) != 1 for each in entries):
            raise NotSupportedError("localaws/iam/api.py: ContextKeyValues must have one value")
        context = {each["ContextKeyName"]: each["ContextKeyValues"][0] for each in entries}
        results = [
            self._result(action, {arn: self._decided(source, Request(action, arn, context)) for arn in resources})
            for resources in [asked.get("ResourceArns") or ["*"]]
            for action in asked["ActionNames"]
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    def _decided(self, source: str, request: Request) -> str:
        try:
            decision = self.runner.iam.simulate(source, request, account=self.current_account)
        except ValueError as error:
            raise InvalidInputError(str(error)) from None
        return _word(decision)

    def _result(self, action: str, decisions: dict[str, str]) -> JsonObject:
        strictest = max(decisions.values(), key=["allowed", "implicitDeny", "explicitDeny"].index)
        specific = [{"EvalResourceName": arn, "EvalResourceDecision": each} for arn, each in decisions.items()]
        return {
            "EvalActionName": action,
            "EvalResourceName": "*",
            "EvalDecision": strictest,
            "ResourceSpecificResults": [] if list(decisions) == ["*"] else specific,
        }


def _word(decision: Decision) -> str:
    """Return IAM's word for a decision."""
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if "explicit deny" in decision.why else "implicitDeny"
