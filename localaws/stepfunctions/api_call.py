"""A task's call to the API of AWS, `aws-sdk:service:operation`, with Step Functions' names for what goes in and out.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import Shape

from localaws.iam.roles import ActingRole


class TaskError(Exception):
    """The call failed, with an error by Step Functions' name, and AWS's words."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error


def call(role: ActingRole, resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make the call for a role; what AWS answers.

    Raises:
        TaskError: AWS refused it, or an argument has no name of Step Functions'.
    """
    service, operation = resource.split(":")[-2:]
    client = role.client(service)
    model = client.meta.service_model.operation_model(operation[0].upper() + operation[1:])
    try:
        answer = getattr(client, xform_name(model.name))(**_as_the_api_has_it(model.input_shape, arguments))
    except ClientError as error:
        name = _of_the_java_sdk(str(client.meta.service_model.service_id))
        raise TaskError(f"{name}.{error.response['Error']['Code']}", error.response["Error"]["Message"]) from None
    answer.pop("ResponseMetadata", None)
    shown: dict[str, Any] = _as_step_functions_has_it(model.output_shape, answer)
    return shown


def _of_the_java_sdk(service_id: str) -> str:
    """Name a service as the errors of its tasks do: `Ecs`, `CodePipeline`."""
    words = service_id.split()
    return "".join(word.capitalize() if word.isupper() else word[0].upper() + word[1:] for word in words)


def _as_the_api_has_it(shape: Shape, given: Any) -> Any:
    """Name the arguments as the API does, `cluster`, for all of Step Functions' begin with a capital, `Cluster`."""
    if shape.type_name == "list":
        return [_as_the_api_has_it(shape.member, item) for item in given]
    if shape.type_name != "structure":
        return given
    names = {_capital(name): name for name in shape.members}
    if unknown := given.keys() - names.keys():
        raise TaskError("States.Runtime", f"Not supported by Step Functions: {', '.join(sorted(unknown))}")
    return {names[key]: _as_the_api_has_it(shape.members[names[key]], value) for key, value in given.items()}


def _as_step_functions_has_it(shape: Shape | None, answered: Any) -> Any:
    """Name what was answered as Step Functions does, with times as text."""
    if isinstance(answered, datetime):
        return answered.isoformat()
    if shape is not None and shape.type_name == "list":
        return [_as_step_functions_has_it(shape.member, item) for item in answered]
    if shape is not None and shape.type_name == "structure":
        return {
            _capital(name): _as_step_functions_has_it(shape.members[name], value) for name, value in answered.items()
        }
    return answered


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
