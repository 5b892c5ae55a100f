"""Fixes for Step Functions where moto answers differently from AWS."""

import json
from collections.abc import Callable

from moto.core.responses import ActionResult
from moto.stepfunctions.models import StateMachineInstance
from moto.stepfunctions.responses import StepFunctionResponse as Response


def validates_definitions() -> None:
    """Answer ValidateStateMachineDefinition, which the provider calls in a plan.

    moto lacks the operation. The local AWS checks only whether the definition is JSON.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """

    def validate_state_machine_definition(self: Response) -> ActionResult:
        try:
            json.loads(self._get_param("definition"))
        except ValueError as error:
            wrong = {"severity": "ERROR", "code": "INVALID_JSON_DESCRIPTION", "message": str(error)}
            return ActionResult({"result": "FAIL", "diagnostics": [wrong]})
        return ActionResult({"result": "OK", "diagnostics": []})

    Response.validate_state_machine_definition = validate_state_machine_definition


def lists_versions() -> None:
    """Answer ListStateMachineVersions, which the provider calls for every state machine.

    moto lacks the operation.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html
    """

    def list_state_machine_versions(self: Response) -> ActionResult:
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        newest_first = sorted(machine.versions.items(), reverse=True)
        versions = [{"stateMachineVersionArn": v.arn, "creationDate": v.creation_date} for _, v in newest_first]
        return ActionResult({"stateMachineVersions": versions})

    Response.list_state_machine_versions = list_state_machine_versions


def logs_no_data_by_default() -> None:
    """Set `includeExecutionData` to false if the logging configuration in the request lacks this member.

    moto then omits the member in its answers.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html
    """
    create: Callable[..., None] = StateMachineInstance.__init__

    def create_with_logging(self: StateMachineInstance, *args: object, **kwargs: object) -> None:
        create(self, *args, **kwargs)
        self.loggingConfiguration = {"includeExecutionData": False} | self.loggingConfiguration

    StateMachineInstance.__init__ = create_with_logging


FIXES = (
    logs_no_data_by_default,
    validates_definitions,
    lists_versions,
)
