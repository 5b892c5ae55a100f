"""Step Functions: runs a state machine in JSONata, each of whose tasks makes one call to the API of AWS.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from localaws.iam.roles import ActingRole, Aws, RoleRefusedError
from localaws.stepfunctions import jsonata
from localaws.stepfunctions.api_call import TaskError, call

STATES = "states.amazonaws.com"
_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::aws-sdk:[a-z0-9]+:[A-Za-z0-9]+")
_ATTEMPTS = 3  # of a retrier that does not say how many
_FIELDS = {
    "Task": {"Type", "Comment", "Resource", "Arguments", "Assign", "Retry", "Catch", "Next", "End"},
    "Choice": {"Type", "Comment", "Choices", "Default"},
    "Succeed": {"Type", "Comment"},
}
"""What is run here of each type of state."""


class ExecutionFailedError(Exception):
    """An execution failed, with the error and the cause that DescribeExecution shows."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def run(aws: Aws, definition: str, role_arn: str, given: object) -> None:
    """Go through the states from the first to the one that ends it; raises ExecutionFailedError."""
    machine = json.loads(definition)
    if machine.get("QueryLanguage") != "JSONata":
        raise ExecutionFailedError("States.Runtime", "The local AWS runs state machines in JSONata only")
    try:
        role = aws.acting_for(role_arn, STATES)
    except RoleRefusedError as refusal:
        raise ExecutionFailedError("States.Permissions", str(refusal)) from None
    execution = _Execution(role, given)
    name = machine["StartAt"]
    while name:
        state = machine["States"][name]
        _refuse_what_is_not_known(name, state)
        name = execution.next_after(state)


class _Execution:
    """What one execution knows: its variables, and the input of the state that it is in."""

    def __init__(self, role: ActingRole, given: object) -> None:
        self._role = role
        self._input = given
        self._variables: dict[str, Any] = {}

    def next_after(self, state: dict[str, Any]) -> str | None:
        """Run a state; the name of the next, None if it was the last."""
        if state["Type"] == "Succeed":
            return None
        if state["Type"] == "Choice":
            return self._chosen(state)
        try:
            result = self._retried(state)
        except ExecutionFailedError as failure:
            catcher = _first_for(state.get("Catch", []), failure.error)
            if catcher is None:
                raise
            self._leave(catcher, {"Error": failure.error, "Cause": failure.cause}, called="errorOutput")
            return str(catcher["Next"])
        self._leave(state, result, called="result")
        following: str | None = state.get("Next")
        return following

    def _chosen(self, state: dict[str, Any]) -> str:
        for choice in state["Choices"]:
            if self._filled(choice["Condition"]):
                return str(choice["Next"])
        if "Default" not in state:
            raise ExecutionFailedError("States.NoChoiceMatched", "No condition is true, and there is no Default")
        return str(state["Default"])

    def _leave(self, state: dict[str, Any], result: object, *, called: str) -> None:
        self._variables |= self._filled(state.get("Assign", {}), **{called: result})
        self._input = result

    def _retried(self, state: dict[str, Any]) -> Any:
        """Call as often as the retriers say, without the waits between: nothing here gets better by waiting."""
        retriers = state.get("Retry", [])
        left = [retrier.get("MaxAttempts", _ATTEMPTS) for retrier in retriers]
        while True:
            try:
                return self._called(state)
            except ExecutionFailedError as failure:
                retrier = _first_for(retriers, failure.error)
                if retrier is None or not left[retriers.index(retrier)]:
                    raise
                left[retriers.index(retrier)] -= 1

    def _called(self, state: dict[str, Any]) -> Any:
        try:
            return call(self._role, state["Resource"], self._filled(state.get("Arguments", {})))
        except TaskError as error:
            raise ExecutionFailedError(error.error, str(error)) from None
        except RoleRefusedError as refusal:
            raise ExecutionFailedError("States.Permissions", str(refusal)) from None

    def _filled(self, template: object, **states: object) -> Any:
        variables: Mapping[str, object] = {**self._variables, "states": {"input": self._input, **states}}
        try:
            return jsonata.filled(template, variables)
        except jsonata.JsonataError as error:
            raise ExecutionFailedError("States.QueryEvaluationError", str(error)) from None


def _refuse_what_is_not_known(name: str, state: dict[str, Any]) -> None:
    type_ = state["Type"]
    unknown = state.keys() - _FIELDS.get(type_, set())
    if type_ not in _FIELDS or unknown or (type_ == "Task" and not _RESOURCE.fullmatch(state["Resource"])):
        known = "; ".join(f"{each}: {', '.join(sorted(fields - {'Type'}))}" for each, fields in _FIELDS.items())
        raise ExecutionFailedError(
            "States.Runtime",
            f"The local AWS runs states of these types and fields only, and tasks with a Resource of aws-sdk "
            f"({known}); {name} is {json.dumps(state)}",
        )


def _first_for(handlers: list[dict[str, Any]], error: str) -> dict[str, Any] | None:
    """Return the first retrier or catcher that is for an error; AWS has none of them handle States.Runtime."""
    names = {error, "States.ALL"} | (set() if error.startswith("States.Query") else {"States.TaskFailed"})
    fitting = (handler for handler in handlers if names & set(handler["ErrorEquals"]))
    return next(fitting, None) if error != "States.Runtime" else None
