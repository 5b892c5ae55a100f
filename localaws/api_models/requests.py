"""Checks every request against AWS's API model of its operation, and refuses a request that does not fit the model."""

import logging
from collections import Counter

from werkzeug import Request, Response

from localaws.answers import Answer
from localaws.api_models.answers import Answers
from localaws.api_models.constraints import Check, Fault
from localaws.api_models.decode import Call, DecodeError, decode
from localaws.control import RequestsReport
from localaws.errors import error, operation

LOG = logging.getLogger(__name__)
CONTROL_PATH = "/moto-api/"

CODES = ("ValidationException", "InvalidParameterException", "InvalidInputException", "InvalidParameterValue")
"""The error codes for invalid requests.

The model of an operation lists the code of the service. If the model lists none of these codes, the first is used.
"""


class Requests:
    """The requests that were checked so far."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        """The number of calls of each operation, such as `ecs.CreateService`."""
        self.constraints: dict[str, set[str]] = {}
        """The checked constraints of each service, such as `CreateService.serviceName required`."""
        self.refused: list[str] = []
        """The refused requests, each as `ecs.CreateService: message`."""

    def view(self) -> RequestsReport:
        """Return a report about the requests, as a JSON object."""
        constraints = {service: len(names) for service, names in sorted(self.constraints.items())}
        return {"operations": dict(self.operations), "constraints": constraints, "refused": self.refused}


def validated(answer: Answer, requests: Requests, answers: Answers) -> Answer:
    """Answer only requests that fit the model of their operation, and record the requests and the answers.

    AWS ignores unknown members in JSON. The local AWS refuses them, because the sender expects an effect.
    """

    def answer_valid(request: Request) -> Response:
        if request.path.startswith(CONTROL_PATH):
            return answer(request)
        try:
            call = decode(request)
        except DecodeError as wrong:
            return refuse(request, operation(request), wrong.code, str(wrong))
        name = f"{call.service}.{call.operation.name}"
        requests.operations[name] += 1
        faults, constraints = faults_of(call)
        requests.constraints.setdefault(call.service, set()).update(constraints)
        if not faults:
            response = answer(request)
            answers.record(call, response)
            return response
        return refuse(request, name, _code(call, faults[0]), _message(faults))

    def refuse(request: Request, name: str, code: str, message: str) -> Response:
        requests.refused.append(f"{name}: {message}")
        LOG.warning("%s: refused, because it does not fit AWS's API model: %s: %s", name, code, message)
        return error(request, status=400, code=code, message=message)

    return answer_valid


def faults_of(call: Call) -> tuple[list[Fault], set[str]]:
    """Return what does not fit the model of the operation, and the constraints that were checked."""
    check = Check(in_json=call.protocol in {"json", "rest-json"})
    for name in call.unknown:
        check.unknown(name)
    if call.operation.input_shape:
        check.value(call.operation.input_shape, call.members)
    return check.faults, {f"{call.operation.name}.{name}" for name in check.constraints}


def _message(faults: list[Fault]) -> str:
    errors = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected"
    return f"{errors}: {'; '.join(fault.message for fault in faults)}"


def _code(call: Call, fault: Fault) -> str:
    """Return the error code with which the service refuses a request with this fault.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    """
    match call.protocol, fault.kind:
        case "ec2", "unknown":
            return "UnknownParameter"
        case "ec2", "required":
            return "MissingParameter"
        case "ec2", _:
            return "InvalidParameterValue"
        case "query", _:
            return "ValidationError"
        case "rest-xml", _:
            return "MalformedXML" if call.service == "s3" else "InvalidInput"
        case _, "type":
            return "SerializationException"
    of_operation = {shape.name for shape in call.operation.error_shapes}
    return next((code for code in CODES if code in of_operation), CODES[0])
