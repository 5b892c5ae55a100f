"""The wait for the tasks of a service, after a change of their number or a stop of one of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from botocore.exceptions import ClientError

from operations.actions.acting import Acting
from operations.commands.why import service, why
from operations.commands.why.evidence import Evidence
from operations.system.deployments import Deployments, Event
from operations.system.tasks import Task
from operations.wait import patient, until

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
    looks = _Looks(acting, {*before.events})
    try:
        [fault] = until(patient(looks.result), SECONDS, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
    except TimeoutError:
        fault = f"the service does not run its tasks after {SECONDS:g} seconds"
    except ClientError as error:
        error.add_note("the command could not wait for the tasks; run ops status")
        raise
    return f"{fault}. {_cause(acting)}".removesuffix(". ") if fault else ""


@dataclass
class _Looks:
    """The looks at the service while the command waits."""

    acting: Acting
    reported: set[Event]
    healthy: float = field(default_factory=monotonic)
    """When the service was last healthy, or its tasks were last in progress."""

    def result(self) -> tuple[str] | None:
        """Return what is wrong, or an empty text if the tasks run. Return None as long as the command must wait."""
        deployments, tasks = self.acting.deployed.deployments(), self.acting.deployed.tasks()
        for event in reversed(deployments.events):
            if event not in self.reported:
                self.reported.add(event)
                self.acting.report(f"ECS: {event.message}")
        if complete(deployments, tasks):
            return ("",)
        found = service.state(Evidence(self.acting.settings, datetime.now(UTC), service=deployments, tasks=tasks))
        if not (found and found.is_wrong):
            self.healthy = monotonic()
        return (found.text,) if found and monotonic() - self.healthy > PATIENCE_SECONDS else None


def complete(deployments: Deployments, tasks: list[Task]) -> bool:
    """Return whether the deployment is complete, and exactly the desired number of tasks runs."""
    running = sum(task.is_running for task in tasks)
    return (
        deployments.primary.rollout_state == "COMPLETED"
        and deployments.running_count == running == deployments.desired_count
    )


def _cause(acting: Acting) -> str:
    """Return the cause that `ops why` finds, or an empty text."""
    cause = why.read(acting.reading.again()).cause
    return f"{cause.text} ({cause.certainty}). {cause.advice}" if cause else ""
