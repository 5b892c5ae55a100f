"""Incident: what is wrong in an environment. The causes come later."""

from dataclasses import dataclass
from typing import Literal

from operations.system.deployments import Deployment
from operations.system.pipeline import Execution, Stage
from operations.system.tasks import Task

Verdict = Literal["healthy", "in progress", "not healthy", "failed", "unknown"]
"""What the command says first.

- `not healthy`: the service or the database is not healthy now, or the certificate cannot be used.
- `failed`: the newest deployment or execution has failed. The service can be healthy nevertheless.
- `in progress`: a deployment or an execution is in progress, and nothing has failed so far.
- `unknown`: nothing that was read is wrong, but the service or the pipeline was not read.
"""


@dataclass(frozen=True)
class Incident:
    """What is wrong, or that nothing is wrong."""

    verdict: Verdict
    text: str
    notes: tuple[str, ...] = ()
    """What looks unusual and is not wrong."""
    deployment: Deployment | None = None
    """The deployment that fails or has failed. None if no deployment has failed, or if ECS no longer lists it."""
    execution: Execution | None = None
    """The execution that has failed."""
    tasks: tuple[Task, ...] = ()
    """The failed tasks of the deployment or of the service, the newest first."""
    waiting: Stage | None = None
    """The stage whose disabled transition holds the newest execution."""

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong, so that it needs a cause."""
        return self.verdict in ("not healthy", "failed")

    @property
    def revision(self) -> str | None:
        """The name of the revision that fails. None if no task or deployment shows it."""
        if self.tasks:
            return self.tasks[0].revision
        return self.deployment.revision if self.deployment else None
