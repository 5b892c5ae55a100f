"""What an action is given to do its work, as CodePipeline gives it to its job workers."""

from collections.abc import Callable
from dataclasses import dataclass

from .artifacts import ArtifactStore
from .record import ActionExecution, Execution
from .roles import ActingRole


@dataclass(frozen=True)
class Job:
    """One action to carry out: who asks for it, in which role, with what. What is found is written into `action`."""

    execution: Execution
    action: ActionExecution
    role: ActingRole
    store: ArtifactStore

    @property
    def pipeline(self) -> str:
        return str(self.execution.declaration["name"])

    @property
    def configuration(self) -> dict[str, str]:
        return self.action.configuration


Worker = Callable[[Job], None]
