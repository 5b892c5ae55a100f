"""Step Functions: runs a state machine whose states each make one call to the API of AWS, for the machine's role.

All parameters are literals: no state reads what another has answered, nor the input.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import json
import re
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import Shape

from localaws.iam.roles import ActingRole, Aws, RoleRefusedError

STATES = "states.amazonaws.com"
_KNOWN = {"Type", "Comment", "Resource", "Parameters", "Retry", "Next", "End"}
_RESOURCE = re.compile(r"arn:aws[a-z-]*:states:::aws-sdk:[a-z0-9]+:[A-Za-z0-9]+")
_ATTEMPTS = 3  # of a retrier that does not say how many


class ExecutionFailedError(Exception):
    """An execution failed, with the error and the cause that DescribeExecution shows."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def run(aws: Aws, definition: str, role_arn: str) -> None:
    """Go through the states from the first to the one that ends it; raises ExecutionFailedError."""
    machine = json.loads(definition)
    try:
        role = aws.acting_for(role_arn, STATES)
    except RoleRefusedError as refusal:
        raise ExecutionFailedError("States.Permissions", str(refusal)) from None
    name = machine["StartAt"]
    while name:
        state = machine["States"][name]
        _refuse_what_is_not_known(name, state)
        _retried(role, state)
        name = state.get("Next")


def _refuse_what_is_not_known(name: str, state: dict[str, Any]) -> None:
    if (
        state["Type"] != "Task"
        or state.keys() - _KNOWN
        or not _RESOURCE.fullmatch(state.get("Resource", ""))
        or '.$": ' in json.dumps(state)
    ):
        raise ExecutionFailedError(
            "States.Runtime",
            f"The local AWS runs Task states with a Resource of aws-sdk, {', '.join(sorted(_KNOWN))} and "
            f"literal parameters only; {name} is {json.dumps(state)}",
        )


def _retried(role: ActingRole, state: dict[str, Any]) -> None:
    """Call as often as the retriers say, without the waits between: nothing here gets better by waiting."""
    left = [retrier.get("MaxAttempts", _ATTEMPTS) for retrier in state.get("Retry", [])]
    while True:
        try:
            return _call(role, state)
        except ExecutionFailedError as failure:
            retrier = _retrier(state, failure.error)
            if retrier is None or not left[retrier]:
                raise
            left[retrier] -= 1


def _retrier(state: dict[str, Any], error: str) -> int | None:
    """Give the place of the first retrier that is for an error."""
    names = {error, "States.ALL", "States.TaskFailed"}
    retriers = enumerate(state.get("Retry", [])) if error != "States.Runtime" else ()  # which AWS never retries
    return next((place for place, retrier in retriers if names & set(retrier["ErrorEquals"])), None)


def _call(role: ActingRole, state: dict[str, Any]) -> None:
    service, operation = state["Resource"].split(":")[-2:]
    try:
        client = role.client(service)
        model = client.meta.service_model.operation_model(operation[0].upper() + operation[1:])
        getattr(client, xform_name(model.name))(**_parameters(model.input_shape, state.get("Parameters", {})))
    except RoleRefusedError as refusal:
        raise ExecutionFailedError("States.Permissions", str(refusal)) from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ExecutionFailedError(f"{service.capitalize()}.{code}", error.response["Error"]["Message"]) from None


def _parameters(shape: Shape, given: Any) -> Any:
    """Name the parameters as the API does, `cluster`, for all of Step Functions' begin with a capital, `Cluster`."""
    if shape.type_name == "list":
        return [_parameters(shape.member, item) for item in given]
    if shape.type_name != "structure":
        return given
    names = {name[0].upper() + name[1:]: name for name in shape.members}
    if unknown := given.keys() - names.keys():
        raise ExecutionFailedError("States.Runtime", f"Not supported by Step Functions: {', '.join(sorted(unknown))}")
    return {names[key]: _parameters(shape.members[names[key]], value) for key, value in given.items()}
