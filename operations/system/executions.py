"""Executions of a pipeline: their start, their actions and their end.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from operations.system.pipeline import IN_PROGRESS, Action, Execution, Stage, revisions
from operations.wait import every, patient, until
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_codepipeline import CodePipelineClient
    from types_boto3_codepipeline.type_defs import (
        ActionDeclarationOutputTypeDef,
        PipelineExecutionSummaryTypeDef,
        SourceRevisionOverrideTypeDef,
    )

LONGEST_PAUSE_SECONDS = 5.0
START_SECONDS = 300.0
"""How long to wait, after a push, until an execution has started and has found the pushed image."""
SOURCE_SECONDS = 30.0
"""How long to wait until the executions that have just started have found their images."""
SECONDS = 20.0
"""The time for the reasons of several executions, which are read at the same time."""


class Executions:
    """The executions of one pipeline, read and started through CodePipeline's API.

    The methods raise ClientError for requests that CodePipeline refuses.
    """

    def __init__(self, codepipeline: "CodePipelineClient", pipeline: str) -> None:
        self.pipeline = pipeline
        self._client = codepipeline

    def ids(self) -> set[str]:
        """Return the ids of the newest 100 executions."""
        return {summary["pipelineExecutionId"] for summary in self._newest()}

    def newest(self) -> list[Execution]:
        """Return the newest 100 executions, the newest first.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelineExecutions.html
        """
        return [Execution.read(summary) for summary in self._newest()]

    def stages(self) -> list[Stage]:
        """Return the stages of the pipeline, each with its last execution.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html
        """
        return [Stage.read(state) for state in self._client.get_pipeline_state(name=self.pipeline)["stageStates"]]

    def build_projects(self) -> list[str]:
        """Return the names of the CodeBuild projects that the pipeline runs.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
        """
        return [
            action["configuration"]["ProjectName"]
            for action in self.declared_actions()
            if action["actionTypeId"]["provider"] == "CodeBuild"
        ]

    def declared_actions(self) -> "list[ActionDeclarationOutputTypeDef]":
        """Return the actions that the pipeline declares, as GetPipeline does.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
        """
        stages = self._client.get_pipeline(name=self.pipeline)["pipeline"]["stages"]
        return [action for stage in stages for action in stage["actions"]]

    def in_progress(self, digest: str) -> str | None:
        """Return the id of an execution that is deploying an image, or None if no execution does this."""
        running = (each for each in self._newest() if each["status"] == "InProgress" and digest in revisions(each))
        return next((each["pipelineExecutionId"] for each in running), None)

    def wait_for_sources(self) -> None:
        """Wait until the executions in progress have found their images, at most 30 seconds.

        An execution that has just started has no image before the end of its source action.
        """

        def found() -> bool:
            return all(revisions(each) for each in self._newest() if each["status"] == "InProgress")

        with suppress(TimeoutError):
            until(found, SOURCE_SECONDS, "")

    def start(self, digest: str) -> str:
        """Start an execution with an image as its source, and return the id of the execution.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
        """
        revisions = self._source_revisions(digest)
        answer = self._client.start_pipeline_execution(name=self.pipeline, sourceRevisions=revisions)
        return answer["pipelineExecutionId"]

    def start_command(self, digest: str) -> str:
        """Return the command of the AWS CLI that starts an execution with an image as its source."""
        revisions = [
            ",".join(f"{name}={value}" for name, value in each.items()) for each in self._source_revisions(digest)
        ]
        return (
            f"aws codepipeline start-pipeline-execution --name {self.pipeline} --source-revisions {' '.join(revisions)}"
        )

    def started_by_push(self, digest: str, *, before: set[str]) -> str:
        """Wait for the execution that the push of an image starts, and return its id.

        Args:
            digest: The digest of the image.
            before: The ids of the executions before the push.

        Raises:
            OutsideError: No execution finds the image within five minutes.
        """

        def started() -> str | None:
            new = [summary for summary in self._newest() if summary["pipelineExecutionId"] not in before]
            return next((each["pipelineExecutionId"] for each in new if digest in revisions(each)), None)

        try:
            return until(started, START_SECONDS, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
        except TimeoutError:
            raise OutsideError(
                f"{self.pipeline}: no execution has found the image within {START_SECONDS:g} seconds after the push; "
                f"look at `aws codepipeline list-pipeline-executions --pipeline-name {self.pipeline}`. If no execution "
                f"has started, run `{self.start_command(digest)}`"
            ) from None

    def follow(self, execution: str, report: Callable[[str], None], seconds: float = math.inf) -> str:
        """Wait for the end of an execution, and report the end of each of its actions.

        Returns:
            Why the execution has not succeeded. Empty if it has succeeded.

        Raises:
            TimeoutError: The execution is still in progress after the seconds.
        """
        reported: set[str] = set()

        def ended() -> "PipelineExecutionSummaryTypeDef | None":
            found = self.ended(execution)
            for action in reversed(self.actions(execution)):
                if action.status != "InProgress" and action.id not in reported:
                    reported.add(action.id)
                    report(f"{action.path}: {action.status}")
            return found

        problem = f"execution {execution} is still in progress"
        end = until(patient(ended), seconds, problem, longest_pause_seconds=LONGEST_PAUSE_SECONDS)
        if end["status"] == "Succeeded":
            return ""
        reason = self.reason(execution, end["status"], end.get("statusSummary") or "")
        return f"{self.pipeline}: execution {execution} is {end['status']}: {reason}"

    def ended(self, execution: str) -> "PipelineExecutionSummaryTypeDef | None":
        """Return an execution as ListPipelineExecutions does. Return None as long as the execution is in progress."""
        found = next((each for each in self._newest() if each["pipelineExecutionId"] == execution), None)
        return found if found and found["status"] not in IN_PROGRESS else None

    def actions(self, execution: str) -> list[Action]:
        """Return the actions of an execution, the newest first."""
        answer = self._client.list_action_executions(
            pipelineName=self.pipeline, filter={"pipelineExecutionId": execution}
        )
        return [Action.read(detail) for detail in answer["actionExecutionDetails"]]

    def stop_reason(self, execution: str) -> str:
        """Return the reason with which an execution was stopped, or an empty text if it was not stopped."""
        found = (summary for summary in self._newest() if summary["pipelineExecutionId"] == execution)
        return next((summary.get("stopTrigger", {}).get("reason", "") for summary in found), "")

    def reason(self, execution: str, status: str, summary: str) -> str:
        """Return why an execution has not succeeded: the error of an action, the reason of the stop, or the summary.

        Args:
            execution: The id of the execution.
            status: The status of the execution.
            summary: The status summary of the execution.
        """
        for action in self.actions(execution):
            if action.error:
                return f"{action.path}: {action.error}"
        superseded = "a newer execution has superseded it" if status == "Superseded" else ""
        return "; ".join(filter(None, [self.stop_reason(execution), superseded, summary]))

    def reasons(self, of: Sequence[Execution]) -> dict[str, str]:
        """Return why executions have not succeeded, by their ids. The reasons are read at the same time."""
        jobs = {each.id: partial(self.reason, each.id, each.status, each.summary) for each in of}
        return every(jobs, SECONDS)

    def _source_revisions(self, digest: str) -> "list[SourceRevisionOverrideTypeDef]":
        return [
            {"actionName": action["name"], "revisionType": "IMAGE_DIGEST", "revisionValue": digest}
            for action in self.declared_actions()
            if action["actionTypeId"]["category"] == "Source"
        ]

    def _newest(self) -> "list[PipelineExecutionSummaryTypeDef]":
        answer = self._client.list_pipeline_executions(pipelineName=self.pipeline, maxResults=100)
        return answer["pipelineExecutionSummaries"]
