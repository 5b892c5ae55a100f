"""The last steps of a delivery: from the push of a tag to the running service, followed by the user."""

from operations import command
from operations.system.deployed import DeployedEnvironment
from tools.outside import OutsideError


def started_by_push(target: DeployedEnvironment, digest: str, tag: str, *, before: set[str]) -> str:
    """Wait for the execution that the push of a tag starts, and return its id.

    Args:
        target: The environment.
        digest: The digest of the pushed image.
        tag: The tag, for the message after an interruption.
        before: The ids of the executions before the push.

    Raises:
        OutsideError: No execution finds the image.
    """
    with command.on_interrupt(f"the tag {tag} is pushed already, so the pipeline starts in spite of the interruption"):
        return target.executions.started_by_push(digest, before=before)


def finish(target: DeployedEnvironment, digest: str, execution: str) -> None:
    """Wait until the execution of an image has ended and the service runs the image. Report each step.

    Raises:
        OutsideError: The image does not go live.
    """
    with command.on_interrupt(f"execution {execution} continues"):
        command.report(f"execution {execution}")
        target.executions.finish(execution, command.report)
    runs = target.running()
    if runs.digest != digest:
        raise OutsideError(f"{target.name}: execution {execution} succeeded, but {runs.image} runs")
    command.report(f"{target.name} runs {digest} ({runs.revision})")
