"""Pipelines, with executions that run through the stages.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from localaws.clock import Clock
from localaws.codepipeline.execution import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    ActionExecution,
    Execution,
    StageExecution,
)
from localaws.codepipeline.stage import WORKERS, Actions, Workers
from localaws.codepipeline.stage_locks import StageLocks
from localaws.iam.roles import Aws
from localaws.json_types import JsonObject


class Pipeline:
    """One pipeline. Each of its executions runs in a thread."""

    def __init__(self, aws: Aws, clock: Clock, workers: Workers = WORKERS) -> None:
        self.executions: list[Execution] = []
        self.locks = StageLocks()
        self._actions = Actions(aws, clock, workers)

    def start(
        self,
        declaration: JsonObject,
        trigger: Mapping[str, str],
        *,
        overrides: Iterable[Mapping[str, str]] = (),
        source_revisions: Iterable[Mapping[str, str]] = (),
    ) -> Execution:
        """Start an execution. Executions enter the first stage in the order in which they were started.

        Args:
            declaration: The declaration of the pipeline, as GetPipeline returns it.
            trigger: The trigger of the execution.
            overrides: The values of pipeline variables, in the form of StartPipelineExecution.
            source_revisions: The source revision overrides, in the form of StartPipelineExecution.
        """
        values = {
            item["name"]: item["defaultValue"] for item in declaration.get("variables", []) if "defaultValue" in item
        }
        values |= {item["name"]: item["value"] for item in overrides}
        revisions = {item["actionName"]: item["revisionValue"] for item in source_revisions}
        execution = Execution(declaration, trigger, values, revisions)
        self.executions.append(execution)
        self.locks.arrive(execution, execution.stages[0].name)
        threading.Thread(target=self._run, args=[execution], name=f"execution {execution.id}", daemon=True).start()
        return execution

    def stop(self, execution: Execution, *, abandon: bool, reason: str | None) -> None:
        """Stop an execution. It starts no more actions.

        If `abandon` is set, its running actions are abandoned, and it ends at once. Otherwise, it ends after its
        running actions have ended.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html#concepts-how-it-works-stopping
        """
        execution.stop_reason = reason
        self.locks.stop(execution, abandon=abandon)
        if abandon:
            for action in execution.actions:
                action.end(ABANDONED)
            for stage in execution.stages:
                if stage.status == IN_PROGRESS:  # the threads of its actions can go on
                    stage.status = STOPPED

    def _run(self, execution: Execution) -> None:
        try:
            self._run_stages(execution)
        except Exception:
            logging.exception("execution %s: the local AWS failed", execution.id)
            execution.end(FAILED, "The local AWS failed: see its log")
        finally:
            for stage in execution.stages:
                self.locks.leave(execution, stage.name)

    def _run_stages(self, execution: Execution) -> None:
        names = [stage.name for stage in execution.stages]
        for stage, following in zip(execution.stages, [*names[1:], None], strict=True):
            if self.locks.wait(execution, stage.name):
                self._run_stage(execution, stage)
            if execution.status == STOPPING:
                execution.end(STOPPED)
            elif stage.status == FAILED:
                execution.end(FAILED)
            if execution.over:
                return
            if following:
                self.locks.arrive(execution, following)
            self.locks.leave(execution, stage.name)
        execution.end(SUCCEEDED)

    def _run_stage(self, execution: Execution, stage: StageExecution) -> None:
        stage.status = IN_PROGRESS
        ordered = sorted(stage.declaration["actions"], key=_run_order)
        for _, together in groupby(ordered, _run_order):
            actions = [ActionExecution(stage.name, declaration) for declaration in together]
            stage.actions += actions
            with ThreadPoolExecutor(len(actions)) as threads:
                list(threads.map(lambda action: self._actions.run(execution, action), actions))
            if any(action.status != SUCCEEDED for action in actions):
                stage.status = STOPPED if execution.over else FAILED
                return
            if execution.status != IN_PROGRESS:
                stage.status = STOPPED
                return
        stage.status = SUCCEEDED


def _run_order(action: JsonObject) -> int:
    return int(action.get("runOrder", 1))
