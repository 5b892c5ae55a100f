"""LastPush: the image that was pushed last with a watched tag, and the execution that deploys it."""

from dataclasses import dataclass
from datetime import datetime

from operations.images.push import EVENT_SECONDS
from operations.system.deployed import DeployedEnvironment
from operations.system.executions import LONGEST_PAUSE_SECONDS, START_SECONDS
from operations.system.pipeline import IN_PROGRESS, Execution
from operations.wait import patient, until
from tools.outside import OutsideError


@dataclass(frozen=True)
class LastPush:
    """The image of the last push that the pipeline deploys."""

    digest: str
    tags: tuple[str, ...]
    pushed: datetime


def find(deployed: DeployedEnvironment) -> LastPush:
    """Return the image with the watched tag, or the newest image with a tag that matches the watched pattern.

    Raises:
        NotDeployedError: The repository does not exist.
        OutsideError: No image has a watched tag.
    """
    pipeline = deployed.settings.pipeline
    watched = [each for each in deployed.deployable() if any(map(pipeline.watches, each.tags))]
    if not watched:
        raise OutsideError(
            f"{deployed.name}: no image in the repository {deployed.repository.name} has a tag that the pipeline "
            f"watches ({pipeline.watch}); push an image first"
        )
    return LastPush(watched[0].digest, watched[0].tags, watched[0].pushed)


def execution(deployed: DeployedEnvironment, push: LastPush, seconds: float) -> Execution | None:
    """Return the newest execution of the pushed image. Return None if the service runs the image without an execution.

    An older execution of the same image can be that of an earlier push. So a newer one is awaited for a while, unless
    this execution is the newest of all, or is in progress.

    Args:
        deployed: The environment.
        push: The push.
        seconds: How long to wait at most.

    Raises:
        OutsideError: No execution has found the image within five minutes.
    """

    def sure() -> tuple[Execution | None] | None:
        found = [each for each in deployed.newest_executions() if each.digest]
        own = next((each for each in found if each.digest == push.digest), None)
        if own and (own is found[0] or own.status in IN_PROGRESS):
            return (own,)
        return (own,) if deployed.running().digest == push.digest else None

    own = _newest(deployed, push)
    limit = min(seconds, EVENT_SECONDS if own else START_SECONDS)
    try:
        [certain] = until(patient(sure), limit, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
    except TimeoutError:
        if own := _newest(deployed, push):
            return own
        raise OutsideError(
            f"{deployed.name}: no execution of the pipeline has found {push.digest} within {limit:g} seconds. If ECR's "
            f"event was lost, deploy the image with `ops rollback {deployed.name} --force --to {push.digest}`"
        ) from None
    return certain


def _newest(deployed: DeployedEnvironment, push: LastPush) -> Execution | None:
    return next((each for each in deployed.newest_executions() if each.digest == push.digest), None)
