"""The reasons why an image cannot be deployed, or should not be deployed."""

from collections.abc import Iterator

from operations.actions.rollback.choice import Choice
from operations.actions.rollback.situation import Situation
from operations.commands.table import short
from operations.images.source import platforms
from operations.system.deployed import DeployedEnvironment
from settings.names import DEPLOY_STAGE
from tools.outside import OutsideError


def refuse_gone(deployed: DeployedEnvironment, situation: Situation, choice: Choice) -> None:
    """Raise if the repository lacks the image, so that no task can start.

    Raises:
        OutsideError: The image is gone. The message has the images that can be deployed instead.
    """
    present = deployed.images.digests()
    if choice.digest not in present:
        left = [each for each in situation.healthy if each != situation.runs.digest and each in present]
        images = ", ".join(map(short, left))
        known = f"these images ran healthily and are left: {images}" if left else "no image that ran is left"
        raise OutsideError(
            f"{deployed.name}: {short(choice.digest)}, {choice.source}, is gone from the repository "
            f"{deployed.repository.name}, so no task can start, also with --force; {known}. Otherwise build it again"
        )


def refuse_disabled(deployed: DeployedEnvironment, situation: Situation) -> None:
    """Raise if an execution would wait, because a transition of the pipeline is disabled.

    Raises:
        OutsideError: A transition is disabled.
    """
    pipeline = deployed.settings.name
    for stage in situation.stages:
        if stage.disabled:
            enable = (
                f"ops enable-deploys {deployed.name}"
                if stage.name == DEPLOY_STAGE
                else f"aws codepipeline enable-stage-transition --pipeline-name {pipeline} --stage-name {stage.name} "
                "--transition-type Inbound"
            )
            raise OutsideError(
                f"{deployed.name}: the transition into the stage {stage.name} is disabled ({stage.disabled}), so the "
                f"execution would wait; run `{enable}` first"
            )


def doubts(deployed: DeployedEnvironment, situation: Situation, choice: Choice) -> Iterator[str]:
    """Yield each reason why the image should not be deployed. The option `--force` overrules the reasons."""
    if choice.digest not in situation.healthy:
        yield "no successful execution among the newest 100 has deployed it, so it is not known to run healthily"
    found = platforms(deployed.repository, deployed.repository.unsigned(choice.digest))
    if situation.runs.platform not in found:
        yield f"it must have the platform {situation.runs.platform}, got {', '.join(sorted(found)) or 'none'}"
