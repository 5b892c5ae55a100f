"""The stage locks of a pipeline, which let one execution at a time into a stage, and its transitions.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from localaws.codepipeline.execution import IN_PROGRESS, STOPPED, STOPPING, SUPERSEDED, Execution


@dataclass(frozen=True)
class Transition:
    """The last change of the transition into a stage.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_TransitionState.html
    """

    changed_by: str
    """The ARN of the user or the session that changed the transition."""
    changed: datetime
    disabled_reason: str | None
    """Why the transition is disabled. None if it is enabled."""


class StageLocks:
    """The locks of the stages of one pipeline, and the transitions into the stages.

    In the mode SUPERSEDED, only the newest waiting execution enters a stage. In the mode QUEUED, all waiting executions
    enter the stage, the oldest first. In the mode PARALLEL, no execution waits for another execution. In all modes, no
    execution enters a stage as long as the transition into the stage is disabled.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html
    """

    def __init__(self) -> None:
        self._inside: dict[str, Execution] = {}
        self._waiting: dict[str, list[Execution]] = {}
        self._transitions: dict[str, Transition] = {}
        self._changed = threading.Condition()

    def waiting(self, stage: str) -> list[Execution]:
        """Return the executions that wait for a stage, oldest first."""
        return list(self._waiting.get(stage, []))

    def transition(self, stage: str) -> Transition | None:
        """Return the last change of the transition into a stage, or None if nobody has changed the transition."""
        return self._transitions.get(stage)

    def change(self, stage: str, transition: Transition) -> None:
        """Enable or disable the transition into a stage. An execution that is in the stage stays there."""
        with self._changed:
            self._transitions[stage] = transition
            self._admit(stage)

    def arrive(self, execution: Execution, stage: str) -> None:
        """Let an execution enter a stage. If the stage is not free, let the execution enter the queue of the stage.

        This method never waits, so executions enter the stage or its queue in the order of the calls.
        """
        with self._changed:
            queue = self._waiting.setdefault(stage, [])
            if execution.mode == "SUPERSEDED":
                for older in queue:
                    older.end(SUPERSEDED)
                queue.clear()
            queue.append(execution)
            self._admit(stage)

    def wait(self, execution: Execution, stage: str) -> bool:
        """Wait until the execution enters the stage. Return False if the execution is superseded or stopped instead."""
        with self._changed:
            self._changed.wait_for(
                lambda: execution not in self._waiting.get(stage, []) or execution.status != IN_PROGRESS
            )
        return execution.status == IN_PROGRESS

    def leave(self, execution: Execution, stage: str) -> None:
        """Let an execution leave a stage, and let the next waiting execution enter the stage.

        Do nothing if the execution is not in the stage.
        """
        with self._changed:
            if self._inside.get(stage) is not execution:
                return
            del self._inside[stage]
            self._admit(stage)

    def stop(self, execution: Execution, *, abandon: bool) -> None:
        """Stop an execution at once if it waits for a stage or if `abandon` is set.

        Otherwise, set its status to `Stopping`. The execution then ends after its running actions have ended.
        """
        with self._changed:
            for queue in self._waiting.values():
                if execution in queue:
                    queue.remove(execution)
                    execution.end(STOPPED)
            if abandon:
                execution.end(STOPPED)
            elif not execution.over:
                execution.status = STOPPING
            self._changed.notify_all()
        if abandon:
            for stage in execution.stages:
                self.leave(execution, stage.name)

    def _admit(self, stage: str) -> None:
        """Let the waiting executions enter a stage that may enter it now. The caller must hold the lock."""
        transition, queue = self._transitions.get(stage), self._waiting.get(stage, [])
        while queue and not (transition and transition.disabled_reason is not None):
            if queue[0].mode != "PARALLEL":
                if stage in self._inside:
                    break
                self._inside[stage] = queue[0]
            queue.pop(0)
        self._changed.notify_all()
