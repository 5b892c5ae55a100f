"""An AWS API call of a task (`aws-sdk:service:operation`), with the member names of Step Functions.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from datetime import UTC, datetime

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape

from localaws.iam.roles import AssumedRole
from localaws.json_types import JsonObject


class TaskError(Exception):
    """A failed call, with the error name of Step Functions and AWS's message."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error


def call(role: AssumedRole, resource: str, arguments: JsonObject) -> object:
    """Call an operation of an AWS API for a role, and return the answer.

    Raises:
        TaskError: AWS refused the call, or the operation has no parameter with the name of an argument.
    """
    service, operation = resource.split(":")[-2:]
    client = role.client(service)
    model = client.meta.service_model.operation_model(operation[0].upper() + operation[1:])
    try:
        answer = getattr(client, xform_name(model.name))(**_api_parameters(model.input_shape, arguments))
    except ClientError as error:
        name = _java_name(str(client.meta.service_model.service_id))
        raise TaskError(f"{name}.{error.response['Error']['Code']}", error.response["Error"]["Message"]) from None
    answer.pop("ResponseMetadata", None)
    return _task_result(model.output_shape, answer)


def _java_name(service_id: str) -> str:
    """Return the name of a service in the AWS SDK for Java, such as `Ecs`. Error names begin with this name."""
    words = service_id.split()
    return "".join(word.capitalize() if word.isupper() else word[0].upper() + word[1:] for word in words)


def _api_parameters(shape: StructureShape, arguments: JsonObject) -> JsonObject:
    """Return the arguments with the parameter names of the API, such as `cluster` for the argument `Cluster`."""
    names = {_capitalized(name): name for name in shape.members}
    if unknown := arguments.keys() - names.keys():
        raise TaskError("States.Runtime", f"Not supported by Step Functions: {', '.join(sorted(unknown))}")
    return {names[key]: _api_value(shape.members[names[key]], value) for key, value in arguments.items()}


def _api_value(shape: Shape, value: object) -> object:
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_api_value(shape.member, item) for item in value]
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return _api_parameters(shape, value)
    return value


def _task_result(shape: Shape | None, answer: object) -> object:
    """Return an answer with the member names of Step Functions, and with times as text."""
    if isinstance(answer, datetime):
        return answer.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(shape, ListShape) and isinstance(answer, list):
        return [_task_result(shape.member, item) for item in answer]
    if isinstance(shape, StructureShape) and isinstance(answer, dict):
        return {_capitalized(name): _task_result(shape.members[name], value) for name, value in answer.items()}
    return answer


def _capitalized(name: str) -> str:
    return name[0].upper() + name[1:]
