"""The wait for the tasks of a service, after a change of their number or a stop of one of them."""

from datetime import UTC, datetime
from time import monotonic

from operations.actions.acting import Acting
from operations.commands.why import service, why
from operations.commands.why.evidence import Evidence
from operations.system.deployments import Deployments
from operations.system.tasks import Task
from operations.wait import until

SECONDS = 900.0
"""How long to wait for the tasks."""
PATIENCE_SECONDS = 60.0
"""How long the service may be unhealthy. ECS needs a moment to begin, and starts failed tasks again."""
LONGEST_PAUSE_SECONDS = 5.0


def wait(acting: Acting, before: Deployments) -> str:
    """Wait until the service runs the desired number of tasks, and report each new event of the service.

    Args:
        acting: The command.
        before: The service before the change.

    Returns:
        Why the service does not run these tasks. Empty if it does.
    """
    reported = {*before.events}
    healthy = monotonic()

    def ended() -> tuple[str] | None:
        nonlocal healthy
        deployed = acting.deployed
        deployments, tasks = deployed.deployments(), deployed.tasks()
        for event in reversed(deployments.events):
            if event not in reported:
                reported.add(event)
                acting.report(f"ECS: {event.message}")
        if complete(deployments, tasks):
            return ("",)
        found = service.state(Evidence(acting.settings, datetime.now(UTC), service=deployments, tasks=tasks))
        if not (found and found.is_wrong):
            healthy = monotonic()
        elif monotonic() - healthy > PATIENCE_SECONDS:
            return (_fault(acting, found.text),)
        return None

    try:
        [fault] = until(ended, SECONDS, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
    except TimeoutError:
        fault = _fault(acting, f"the service does not run its tasks after {SECONDS:g} seconds")
    return fault


def complete(deployments: Deployments, tasks: list[Task]) -> bool:
    """Return whether the deployment is complete, and exactly the desired number of tasks runs."""
    running = [task for task in tasks if (task.status, task.desired_status) == ("RUNNING", "RUNNING")]
    return (
        deployments.primary.rollout_state == "COMPLETED"
        and deployments.running_count == len(running) == deployments.desired_count
    )


def _fault(acting: Acting, text: str) -> str:
    """Return what is wrong with its cause, as `ops why` finds it."""
    cause = why.read(acting.reading.again()).cause
    return f"{text}. {cause.text} ({cause.certainty}). {cause.advice}" if cause else text
