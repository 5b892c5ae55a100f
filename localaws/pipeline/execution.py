"""CodePipeline: carries an execution through the stages of its pipeline.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from . import build, deploy, source, variables
from .artifacts import ArtifactStore
from .gates import Gates
from .job import Job, Worker
from .record import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    ActionExecution,
    ActionFailedError,
    Execution,
    StageExecution,
)
from .roles import CODEPIPELINE, Aws, RoleRefusedError

WORKERS: dict[tuple[str, str, str, str], Worker] = {
    ("Source", "AWS", "ECR", "1"): source.run,
    ("Build", "AWS", "CodeBuild", "1"): build.run,
    ("Test", "AWS", "CodeBuild", "1"): build.run,
    ("Deploy", "AWS", "ECS", "1"): deploy.run,
}


class Pipeline:
    """The executions of one pipeline, each in a thread of its own."""

    def __init__(self, aws: Aws, workers: Mapping[tuple[str, str, str, str], Worker] = WORKERS) -> None:
        self.executions: list[Execution] = []
        self.gates = Gates()
        self._aws = aws
        self._workers = workers

    def start(
        self,
        declaration: dict[str, Any],
        trigger: Mapping[str, str],
        *,
        overrides: Iterable[Mapping[str, str]] = (),
        source_revisions: Iterable[Mapping[str, str]] = (),
    ) -> Execution:
        """Start an execution from a declaration as GetPipeline gives it. Calls take their turns in their order."""
        values = {
            item["name"]: item["defaultValue"] for item in declaration.get("variables", []) if "defaultValue" in item
        }
        values |= {item["name"]: item["value"] for item in overrides}
        revisions = {item["actionName"]: item["revisionValue"] for item in source_revisions}
        execution = Execution(declaration, trigger, values, revisions)
        self.executions.append(execution)
        self.gates.arrive(execution, execution.stages[0].name)
        threading.Thread(target=self._run, args=[execution], name=f"execution {execution.id}", daemon=True).start()
        return execution

    def stop(self, execution: Execution, *, abandon: bool, reason: str | None) -> None:
        """Let the actions that run come to their end and start no others; or abandon them.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html#concepts-how-it-works-stopping
        """
        execution.stop_reason = reason
        self.gates.stop(execution, abandon=abandon)
        if abandon:
            for action in execution.actions:
                action.end(ABANDONED)

    def _run(self, execution: Execution) -> None:
        try:
            self._go_through_stages(execution)
        except Exception:
            logging.exception("execution %s: the local AWS failed", execution.id)
            execution.end(FAILED, "The local AWS failed: its log says why")
        finally:
            for stage in execution.stages:
                self.gates.leave(execution, stage.name)

    def _go_through_stages(self, execution: Execution) -> None:
        names = [stage.name for stage in execution.stages]
        for stage, following in zip(execution.stages, [*names[1:], None], strict=True):
            if self.gates.wait(execution, stage.name):
                self._run_stage(execution, stage)
            if execution.status == STOPPING:
                execution.end(STOPPED)
            elif stage.status == FAILED:
                execution.end(FAILED)
            if execution.over:
                return
            if following:
                self.gates.arrive(execution, following)
            self.gates.leave(execution, stage.name)
        execution.end(SUCCEEDED)

    def _run_stage(self, execution: Execution, stage: StageExecution) -> None:
        stage.status = IN_PROGRESS
        ordered = sorted(stage.declaration["actions"], key=_run_order)
        for _, together in groupby(ordered, _run_order):
            actions = [ActionExecution(stage.name, declaration) for declaration in together]
            stage.actions += actions
            with ThreadPoolExecutor(len(actions)) as threads:
                list(threads.map(lambda action: self._run_action(execution, action), actions))
            if any(action.status != SUCCEEDED for action in actions):
                stage.status = STOPPED if execution.over else FAILED
                return
            if execution.status != IN_PROGRESS:
                stage.status = STOPPED
                return
        stage.status = SUCCEEDED

    def _run_action(self, execution: Execution, action: ActionExecution) -> None:
        try:
            job = self._job(execution, action)
            self._worker(action)(job)
        except ActionFailedError as failure:
            action.error = failure
        except RoleRefusedError as refusal:
            action.error = ActionFailedError("PermissionError", str(refusal))
        except ClientError as error:
            action.error = _api_failure(error)
        except Exception as error:
            logging.exception("action %s of execution %s: the local AWS failed", action.name, execution.id)
            action.error = ActionFailedError("SystemUnavailable", f"The local AWS failed: {error!r}")
        action.end(FAILED if action.error else SUCCEEDED)

    def _worker(self, action: ActionExecution) -> Worker:
        kind = action.declaration["actionTypeId"]
        key = (kind["category"], kind["owner"], kind["provider"], kind["version"])
        if key not in self._workers:
            known = ", ".join("/".join(name) for name in self._workers)
            raise ActionFailedError(
                "ConfigurationError", f"The local AWS runs no {'/'.join(key)} actions; it runs {known}"
            )
        return self._workers[key]

    def _job(self, execution: Execution, action: ActionExecution) -> Job:
        declaration, pipeline = action.declaration, execution.declaration
        store = ArtifactStore.of(pipeline)
        action.configuration = variables.resolve(action.name, declaration.get("configuration", {}), execution.variables)
        for name in (item["name"] for item in declaration.get("inputArtifacts", [])):
            if name not in execution.artifacts:  # AWS refuses such a pipeline when it is created, moto does not
                raise ActionFailedError("ConfigurationError", f"No earlier action makes the input artifact {name}")
            action.inputs[name] = execution.artifacts[name]
        action.outputs = {
            item["name"]: store.place(pipeline["name"], item["name"]) for item in declaration.get("outputArtifacts", [])
        }
        role = self._aws.acting_for(pipeline["roleArn"], CODEPIPELINE)
        if "roleArn" in declaration:
            role = self._aws.acting_for(declaration["roleArn"], role.arn)
        return Job(execution, action, role, store)


def _run_order(action: dict[str, Any]) -> int:
    return int(action.get("runOrder", 1))


def _api_failure(error: ClientError) -> ActionFailedError:
    denied = error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    return ActionFailedError("PermissionError" if denied else "JobFailed", error.response["Error"]["Message"])
