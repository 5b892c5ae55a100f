"""What an action is given to do its work, as CodePipeline gives it to its job workers."""

from collections.abc import Callable
from dataclasses import dataclass

from localaws.clock import Clock
from localaws.codepipeline.artifacts import ArtifactStore
from localaws.codepipeline.execution import ActionExecution, ActionFailedError, ArtifactLocation, Execution
from localaws.iam.roles import AssumedRole


@dataclass(frozen=True)
class Job:
    """One action to carry out: who asks for it, in which role, with what. What is found is written into `action`."""

    execution: Execution
    action: ActionExecution
    role: AssumedRole
    store: ArtifactStore
    clock: Clock

    @property
    def pipeline(self) -> str:
        return str(self.execution.declaration["name"])

    @property
    def configuration(self) -> dict[str, str]:
        return self.action.configuration

    @property
    def input(self) -> ArtifactLocation:
        """Give the one input artifact."""
        if len(self.action.inputs) != 1:
            raise ActionFailedError(
                "ConfigurationError",
                f"The local AWS runs this action with one input artifact, got {len(self.action.inputs)}",
            )
        return next(iter(self.action.inputs.values()))

    def required(self, name: str) -> str:
        """Give a setting without which AWS would not have taken the pipeline; moto takes it."""
        if not self.configuration.get(name):
            raise ActionFailedError("ConfigurationError", f"The configuration of the action lacks {name}")
        return self.configuration[name]


Worker = Callable[[Job], None]
