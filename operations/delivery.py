"""The last steps of a delivery: from the push of a tag to the running service, followed by the user."""

import math
from collections.abc import Callable

from operations import command
from operations.system.deployed import DeployedEnvironment
from operations.system.deployments import Deployment
from operations.system.executions import LONGEST_PAUSE_SECONDS
from operations.wait import patient, until
from tools.outside import OutsideError

COMPLETE = "complete"


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
        problem = follow(target, digest, execution, command.report)
    if problem:
        raise OutsideError(problem)


def follow(
    target: DeployedEnvironment,
    digest: str,
    execution: str,
    report: Callable[[str], None],
    seconds: float = math.inf,
) -> str:
    """Wait until the execution of an image has ended, and look which image the service runs.

    Args:
        target: The environment.
        digest: The digest of the image.
        execution: The id of the execution.
        report: Prints a line about each step.
        seconds: How long to wait.

    Returns:
        Why the image is not live. Empty if the service runs the image.

    Raises:
        TimeoutError: The execution is still in progress.
    """
    report(f"execution {execution}")
    if problem := target.executions.follow(execution, report, seconds):
        return problem
    runs = target.running()
    if runs.digest != digest:
        return f"{target.name}: execution {execution} succeeded, but {runs.image} runs"
    report(f"{target.name} runs {digest} ({runs.revision})")
    return ""


def settle(
    target: DeployedEnvironment, deployment: Deployment, report: Callable[[str], None], seconds: float | None = None
) -> str:
    """Wait until a deployment of the service has ended, and report each change of its numbers of tasks.

    Args:
        target: The environment.
        deployment: The deployment.
        report: Prints a line about each change.
        seconds: How long to wait. By default, a deployment that takes longer than the deploy action waits has failed.

    Returns:
        Why the deployment is not complete. Empty if it is complete.

    Raises:
        TimeoutError: The deployment is still in progress after the seconds.
    """
    limit = 60 * target.settings.service.deployment_timeout_minutes if seconds is None else seconds
    said = ""

    def ended() -> str | None:
        nonlocal said
        service = target.deployments()
        now = next((each for each in service.deployments if each.id == deployment.id), None)
        if now and now.rollout_state == "COMPLETED":
            return COMPLETE
        if now and now.rollout_state == "FAILED":
            return f"deployment {now.id} has failed: {now.rollout_reason}"
        newest = service.primary
        if newest.id != deployment.id:
            return (
                f"deployment {deployment.id} has failed, and ECS rolls back to {newest.revision}"
                if newest.rolls_back or newest.created < deployment.created
                else f"deployment {newest.id} of {newest.revision} has replaced deployment {deployment.id}"
            )
        failed = f", {newest.failed_tasks} failed to start" if newest.failed_tasks else ""
        line = f"{newest.running_count} of {newest.desired_count} new tasks run{failed}"
        if line != said:
            report(line)
            said = line
        return None

    problem = f"deployment {deployment.id} is still in progress"
    try:
        found = until(patient(ended), limit, problem, longest_pause_seconds=LONGEST_PAUSE_SECONDS)
    except TimeoutError as error:
        if seconds is not None:
            raise
        found = str(error)
    return "" if found == COMPLETE else f"{target.name}: {found}"
