"""Situation: what the environment runs and ran, before the command changes anything."""

from dataclasses import dataclass

from operations.actions.acting import Acting
from operations.commands.table import short
from operations.system.deployments import Deployments
from operations.system.pipeline import FAILED, IN_PROGRESS, Execution, Stage
from operations.system.service import Running
from settings import Settings
from settings.names import DEPLOY_STAGE


@dataclass(frozen=True)
class Situation:
    """The service, the executions of the pipeline, and its stages."""

    settings: Settings
    runs: Running
    service: Deployments
    executions: list[Execution]
    """The newest 100 executions, the newest first."""
    stages: list[Stage]

    @classmethod
    def read(cls, acting: Acting) -> "Situation":
        """Read the environment. Wait for the images of executions that have just started.

        Raises:
            OutsideError: A part could not be read, or the environment is not deployed.
        """
        found = cls._read(acting)
        if all(each.digest for each in found.in_progress):
            return found
        acting.deployed.executions.wait_for_sources()
        return cls._read(acting)

    @classmethod
    def _read(cls, acting: Acting) -> "Situation":
        deployed = acting.deployed
        found = acting.read(
            {
                "service": deployed.running,
                "deployments": deployed.deployments,
                "executions": deployed.newest_executions,
                "pipeline": deployed.stages,
            }
        )
        return cls(acting.settings, found["service"], found["deployments"], found["executions"], found["pipeline"])

    @property
    def succeeded(self) -> list[str]:
        """The digests that executions have deployed with success, the newest first. A digest can occur twice.

        The deploy action succeeds only if the deployment is complete, so the tasks of the image ran and were healthy.
        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
        """
        return [each.digest for each in self.executions if each.status == "Succeeded" and each.digest]

    @property
    def healthy(self) -> list[str]:
        """The images that ran healthily, the newest first: those of `succeeded`, and the running image."""
        own = [self.runs.digest] if self.runs.digest and not self.runs.fault else []
        return [*dict.fromkeys([*own, *self.succeeded])]

    @property
    def previous(self) -> str | None:
        """The image that ran healthily before the running image. None if the executions show no such image.

        After a roll-back, it is the image before the first deployment of the running image. So a second roll-back goes
        further back, and not forward to the image that the first roll-back has replaced.
        """
        older = self.succeeded
        if self.runs.digest in older:
            older = older[len(older) - older[::-1].index(self.runs.digest) :]
        return next((each for each in older if each != self.runs.digest), None)

    @property
    def undone(self) -> str:
        """Why the last deployment has failed, if the service runs the image before it. Empty otherwise."""
        if failed := self.service.rolled_back:
            return f"the deployment of {failed.revision} has failed, and ECS has rolled it back"
        if self.service.primary.rolls_back:
            return "the last deployment has failed, and ECS rolls it back"
        last = next((each for each in self.stages if each.name == DEPLOY_STAGE), None)
        if not last or last.status not in FAILED:
            return ""
        execution = next((each for each in self.executions if each.id == last.execution), None)
        if not execution or execution.digest in ("", self.runs.digest):
            return ""
        return f"execution {execution.id} has not deployed {short(execution.digest)}"

    def deploys(self, digest: str) -> Execution | None:
        """Return the execution in progress of an image, or None."""
        return next((each for each in self.in_progress if each.digest == digest), None)

    @property
    def back(self) -> Execution | None:
        """The execution in progress that goes back to an image: a roll-back, for example after Ctrl-C.

        An execution that deploys the image of the execution before it again goes back to no image.
        """
        found = next((each for each in self.in_progress if each.digest in self.succeeded), None)
        if not found:
            return None
        older = self.executions[self.executions.index(found) + 1 :]
        again = [each for each in self.in_progress if each.digest == found.digest]
        before = next((each.digest for each in older if each.digest and each not in again), "")
        return None if before == found.digest else found

    @property
    def in_progress(self) -> list[Execution]:
        """The executions in progress, the newest first."""
        return [each for each in self.executions if each.status in IN_PROGRESS]
