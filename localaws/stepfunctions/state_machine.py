"""Executions of state machines that use JSONata. Each task calls one operation of an AWS API.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import json
import re

from localaws.iam.roles import AssumedRole, AssumeRoleError, Aws
from localaws.json_types import JsonObject
from localaws.stepfunctions import jsonata
from localaws.stepfunctions.api_call import TaskError, call

STATES = "states.amazonaws.com"
_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::aws-sdk:[a-z0-9]+:[A-Za-z0-9]+")
_MAX_ATTEMPTS = 3  # the default number of retries
_FIELDS = {
    "Task": {"Type", "Comment", "Resource", "Arguments", "Assign", "Retry", "Catch", "Next", "End"},
    "Choice": {"Type", "Comment", "Choices", "Default"},
    "Succeed": {"Type", "Comment"},
}
"""The supported types of states, with their supported fields."""


class ExecutionFailedError(Exception):
    """A failed execution, with the error and the cause that DescribeExecution shows."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def run(aws: Aws, definition: str, role_arn: str, input_: object) -> None:
    """Run a state machine to its end.

    Raises:
        ExecutionFailedError: A state failed, the role cannot be assumed, or the definition is not supported.
    """
    machine = json.loads(definition)
    if machine.get("QueryLanguage") != "JSONata":
        raise ExecutionFailedError("States.Runtime", "The local AWS runs state machines in JSONata only")
    try:
        role = aws.assume_role(role_arn, STATES)
    except AssumeRoleError as refusal:
        raise ExecutionFailedError("States.Permissions", str(refusal)) from None
    execution = _Execution(role, input_)
    name = machine["StartAt"]
    while name:
        state = machine["States"][name]
        _refuse_unsupported(name, state)
        name = execution.run(state)


class _Execution:
    """The variables of one execution, and the input of its current state."""

    def __init__(self, role: AssumedRole, input_: object) -> None:
        self._role = role
        self._input = input_
        self._variables: JsonObject = {}

    def run(self, state: JsonObject) -> str | None:
        """Run a state. Return the name of the next state, or None after the last state."""
        if state["Type"] == "Succeed":
            return None
        if state["Type"] == "Choice":
            return self._choose(state)
        try:
            result = self._call_with_retries(state)
        except ExecutionFailedError as failure:
            catcher = _first_matching(state.get("Catch", []), failure.error)
            if catcher is None:
                raise
            self._assign(catcher, "errorOutput", {"Error": failure.error, "Cause": failure.cause})
            return str(catcher["Next"])
        self._assign(state, "result", result)
        following: str | None = state.get("Next")
        return following

    def _choose(self, state: JsonObject) -> str:
        for choice in state["Choices"]:
            if self._evaluate(choice["Condition"]):
                return str(choice["Next"])
        if "Default" not in state:
            raise ExecutionFailedError("States.NoChoiceMatched", "No condition is true, and there is no Default")
        return str(state["Default"])

    def _assign(self, state: JsonObject, name: str, output: object) -> None:
        """Assign the variables of a state or catcher. Their expressions read `output` as `$states.<name>`.

        `output` becomes the input of the next state.
        """
        self._variables |= self._evaluate_object(state.get("Assign", {}), **{name: output})
        self._input = output

    def _call_with_retries(self, state: JsonObject) -> object:
        """Make the call of a task, and retry as often as the retriers allow, without waits between the attempts."""
        retriers = state.get("Retry", [])
        left = [retrier.get("MaxAttempts", _MAX_ATTEMPTS) for retrier in retriers]
        while True:
            try:
                return self._call(state)
            except ExecutionFailedError as failure:
                retrier = _first_matching(retriers, failure.error)
                if retrier is None or not left[retriers.index(retrier)]:
                    raise
                left[retriers.index(retrier)] -= 1

    def _call(self, state: JsonObject) -> object:
        try:
            return call(self._role, state["Resource"], self._evaluate_object(state.get("Arguments", {})))
        except TaskError as error:
            raise ExecutionFailedError(error.error, str(error)) from None
        except AssumeRoleError as refusal:
            raise ExecutionFailedError("States.Permissions", str(refusal)) from None

    def _evaluate(self, template: object, **states: object) -> object:
        variables = {**self._variables, "states": {"input": self._input, **states}}
        try:
            return jsonata.evaluated(template, variables)
        except jsonata.JsonataError as error:
            raise ExecutionFailedError("States.QueryEvaluationError", str(error)) from None

    def _evaluate_object(self, template: object, **states: object) -> JsonObject:
        value = self._evaluate(template, **states)
        if not isinstance(value, dict):
            raise ExecutionFailedError("States.QueryEvaluationError", f"{json.dumps(template)} is not an object")
        return value


def _refuse_unsupported(name: str, state: JsonObject) -> None:
    type_ = state["Type"]
    unknown = state.keys() - _FIELDS.get(type_, set())
    if type_ not in _FIELDS or unknown or (type_ == "Task" and not _RESOURCE.fullmatch(state["Resource"])):
        known = "; ".join(f"{each}: {', '.join(sorted(fields - {'Type'}))}" for each, fields in _FIELDS.items())
        raise ExecutionFailedError(
            "States.Runtime",
            f"{name}: the local AWS supports only states of these types, with these fields ({known}), and only tasks "
            f"with an aws-sdk Resource; got {json.dumps(state)}",
        )


def _first_matching(handlers: list[JsonObject], error: str) -> JsonObject | None:
    """Return the first retrier or catcher that handles an error. AWS never retries or catches States.Runtime."""
    names = {error, "States.ALL"} | (set() if error.startswith("States.Query") else {"States.TaskFailed"})
    matching = (handler for handler in handlers if names & set(handler["ErrorEquals"]))
    return next(matching, None) if error != "States.Runtime" else None
