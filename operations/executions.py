"""Executions of a pipeline: the one for an image, and how it ends.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import math
from collections.abc import Callable
from typing import Any

from operations.wait import until
from tools.outside import OutsideError

LONGEST_PAUSE_SECONDS = 5.0
START_SECONDS = 300.0
"""How long the event of a push may take to start an execution, and that to find the image."""


class Executions:
    """The executions of one pipeline, over a client of CodePipeline's API.

    The methods raise ClientError for what CodePipeline refuses.
    """

    def __init__(self, codepipeline: Any, pipeline: str) -> None:
        self._client = codepipeline
        self._pipeline = pipeline

    def newest(self) -> list[dict[str, Any]]:
        """Return the newest 100, as ListPipelineExecutions gives them, the newest first."""
        answer = self._client.list_pipeline_executions(pipelineName=self._pipeline, maxResults=100)
        found: list[dict[str, Any]] = answer["pipelineExecutionSummaries"]
        return found

    def start(self, digest: str) -> str:
        """Start an execution whose source is the image of this digest, and return its id.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
        """
        stages = self._client.get_pipeline(name=self._pipeline)["pipeline"]["stages"]
        revisions = [
            {"actionName": action["name"], "revisionType": "IMAGE_DIGEST", "revisionValue": digest}
            for stage in stages
            for action in stage["actions"]
            if action["actionTypeId"]["category"] == "Source"
        ]
        answer = self._client.start_pipeline_execution(name=self._pipeline, sourceRevisions=revisions)
        return str(answer["pipelineExecutionId"])

    def started_by_push(self, digest: str, *, before: set[str]) -> str:
        """Wait for the execution whose source action has found this image, and return its id.

        Args:
            digest: The image.
            before: The ids of the executions that were there before the push.

        Raises:
            OutsideError: There is none within five minutes.
        """

        def look() -> dict[str, Any] | None:
            new = [each for each in self.newest() if each["pipelineExecutionId"] not in before]
            return next((each for each in new if digest in _revisions(each)), None)

        try:
            found = until(look, START_SECONDS, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
        except TimeoutError:
            raise OutsideError(
                f"{self._pipeline}: no execution of the pipeline has found the image within {START_SECONDS:g} seconds "
                "after the push; look at `aws codepipeline list-pipeline-executions --pipeline-name "
                f"{self._pipeline}`. If the event was lost, run this again: it starts the pipeline"
            ) from None
        return str(found["pipelineExecutionId"])

    def finish(self, execution: str, say: Callable[[str], None]) -> None:
        """Wait until an execution is over, as long as CodePipeline lets it run; tell the end of each of its actions.

        Raises:
            OutsideError: It has not succeeded; the message has the reason.
        """
        told: set[str] = set()

        def look() -> dict[str, Any] | None:
            answer = self._client.get_pipeline_execution(pipelineName=self._pipeline, pipelineExecutionId=execution)
            found: dict[str, Any] = answer["pipelineExecution"]
            for action in reversed(self._actions(execution)):
                if action["status"] != "InProgress" and action["actionExecutionId"] not in told:
                    told.add(action["actionExecutionId"])
                    say(f"{action['stageName']}/{action['actionName']}: {action['status']}")
            return found if found["status"] not in ("InProgress", "Stopping") else None

        end = until(look, math.inf, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
        if end["status"] != "Succeeded":
            reason = "; ".join(filter(None, self._reasons(execution, end)))
            raise OutsideError(f"{self._pipeline}: execution {execution} is {end['status']}: {reason}")

    def _reasons(self, execution: str, end: dict[str, Any]) -> list[str]:
        for action in self._actions(execution):
            if error := action.get("output", {}).get("executionResult", {}).get("errorDetails"):
                where = f"{action['stageName']}/{action['actionName']}"
                return [f"{where}: {error.get('code')}: {error.get('message')}"]
        stops = [each.get("stopTrigger", {}) for each in self.newest() if each["pipelineExecutionId"] == execution]
        superseded = "a newer execution has taken its place" if end["status"] == "Superseded" else ""
        return [*(stop.get("reason", "") for stop in stops), superseded, end.get("statusSummary") or ""]

    def _actions(self, execution: str) -> list[dict[str, Any]]:
        answer = self._client.list_action_executions(
            pipelineName=self._pipeline, filter={"pipelineExecutionId": execution}
        )
        found: list[dict[str, Any]] = answer["actionExecutionDetails"]
        return found


def _revisions(summary: dict[str, Any]) -> set[str]:
    return {each.get("revisionId", "") for each in summary.get("sourceRevisions", [])}
