"""The jobs of actions, as CodePipeline gives them to job workers."""

from collections.abc import Callable
from dataclasses import dataclass

from localaws.clock import Clock
from localaws.codepipeline.artifacts import ArtifactStore
from localaws.codepipeline.execution import (
    IN_PROGRESS,
    ActionExecution,
    ActionFailedError,
    ArtifactLocation,
    Execution,
)
from localaws.iam.roles import AssumedRole


@dataclass(frozen=True)
class Job:
    """The job to run one action. The worker writes its results into `action`."""

    execution: Execution
    action: ActionExecution
    role: AssumedRole
    store: ArtifactStore
    clock: Clock

    @property
    def configuration(self) -> dict[str, str]:
        """The configuration of the action with resolved variables."""
        return self.action.configuration

    @property
    def input(self) -> ArtifactLocation:
        """The location of the only input artifact."""
        if len(self.action.inputs) != 1:
            raise ActionFailedError(
                "ConfigurationError",
                f"The local AWS supports this action only with one input artifact, got {len(self.action.inputs)}",
            )
        return next(iter(self.action.inputs.values()))

    def goes_on(self) -> bool:
        """Return whether the action is in progress. An abandoned action has ended, although its worker runs."""
        return self.action.status == IN_PROGRESS

    def required(self, name: str) -> str:
        """Return a required setting of the configuration.

        If the pipeline lacks the setting, AWS refuses to create the pipeline, but moto accepts it.
        """
        if not self.configuration.get(name):
            raise ActionFailedError("ConfigurationError", f"The configuration of the action must have {name}")
        return self.configuration[name]


Worker = Callable[[Job], None]
