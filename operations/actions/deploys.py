"""The transition into the stage that deploys: what `ops disable-deploys` and `ops enable-deploys` have in common."""

from dataclasses import dataclass

from operations.actions.acting import Acting, ActionAnswer
from operations.system.pipeline import Stage
from settings.names import DEPLOY_STAGE
from tools.outside import OutsideError

MAY_BE_CHANGED = "the transition is changed already if the request has reached CodePipeline; run ops status"


class Deploys(ActionAnswer):
    """The transition into the stage that deploys, after the command."""

    stage: str
    disabled: str
    """Why the transition is disabled. Empty if it is enabled."""
    waiting: list[str]
    """The ids of the executions that wait before the stage, or that waited there until the transition was enabled."""


@dataclass(frozen=True)
class Transition:
    """The transition into the stage that deploys, as it is before the command."""

    acting: Acting
    stage: Stage

    @classmethod
    def read(cls, acting: Acting) -> "Transition":
        """Read the transition.

        Raises:
            OutsideError: The pipeline does not exist, or has no stage that deploys.
        """
        found = next((stage for stage in acting.deployed.stages() if stage.name == DEPLOY_STAGE), None)
        if not found:
            environment = acting.settings.environment
            raise OutsideError(
                f"{environment}: the pipeline has no stage {DEPLOY_STAGE}; run make deploy ENV={environment}"
            )
        return cls(acting, found)

    def end(self, change: str, *shown: str, disabled: str) -> int:
        """Print the answer, and return the exit code.

        Args:
            change: The change, as announced. Empty if there was nothing to change.
            shown: The answer as text.
            disabled: Why the transition is disabled now.
        """
        waiting = [*self.stage.waiting]
        found = Deploys(**self.acting.source, change=change, stage=self.stage.name, disabled=disabled, waiting=waiting)
        return self.acting.end(found, *shown)
