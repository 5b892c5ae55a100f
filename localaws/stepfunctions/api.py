"""The API of Step Functions with executions that run. In moto, an execution never ends."""

from typing import ClassVar

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from localaws.runner import Runner


class StepFunctionsApi(StepFunctionResponse):
    """The operations that differ from moto.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
    """

    runner: ClassVar[Runner]

    def start_execution(self) -> ActionResult:
        """Start an execution, and run it."""
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        before = len(machine.executions)
        answer = super().start_execution()
        if len(machine.executions) > before:  # otherwise moto returned an execution that already runs
            self.runner.execute(self.region, machine, machine.executions[-1])
        return answer
