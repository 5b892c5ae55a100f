"""The stage locks of a pipeline, which let one execution at a time into a stage.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import threading

from localaws.codepipeline.execution import IN_PROGRESS, STOPPED, STOPPING, SUPERSEDED, Execution


class StageLocks:
    """The locks of the stages of one pipeline.

    In the mode SUPERSEDED, only the newest waiting execution enters a stage. In the mode QUEUED, all waiting executions
    enter the stage, the oldest first. In the mode PARALLEL, no execution waits.
    """

    def __init__(self) -> None:
        self._inside: dict[str, Execution] = {}
        self._waiting: dict[str, list[Execution]] = {}
        self._changed = threading.Condition()

    def waiting(self, stage: str) -> list[Execution]:
        """Return the executions that wait for a stage, oldest first."""
        return list(self._waiting.get(stage, []))

    def arrive(self, execution: Execution, stage: str) -> None:
        """Let an execution enter a stage. If another execution is in the stage, let it enter the queue of the stage.

        This method never waits, so executions enter the stage or its queue in the order of the calls.
        """
        if execution.mode == "PARALLEL":
            return
        with self._changed:
            if stage not in self._inside:
                self._inside[stage] = execution
                return
            queue = self._waiting.setdefault(stage, [])
            if execution.mode == "SUPERSEDED":
                for older in queue:
                    older.end(SUPERSEDED)
                queue.clear()
            queue.append(execution)
            self._changed.notify_all()

    def wait(self, execution: Execution, stage: str) -> bool:
        """Wait until the execution enters the stage. Return False if the execution is superseded or stopped instead."""
        if execution.mode == "PARALLEL":
            return execution.status == IN_PROGRESS
        with self._changed:
            self._changed.wait_for(lambda: self._inside.get(stage) is execution or execution.status != IN_PROGRESS)
        return execution.status == IN_PROGRESS

    def leave(self, execution: Execution, stage: str) -> None:
        """Let an execution leave a stage, and let the next waiting execution enter the stage.

        Do nothing if the execution is not in the stage.
        """
        with self._changed:
            if self._inside.get(stage) is not execution:
                return
            del self._inside[stage]
            if self._waiting.get(stage):
                self._inside[stage] = self._waiting[stage].pop(0)
            self._changed.notify_all()

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
