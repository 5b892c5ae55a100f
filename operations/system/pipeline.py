"""The stages, the executions and the actions of a pipeline, as CodePipeline describes them.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts.html
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_codepipeline.type_defs import (
        ActionExecutionDetailTypeDef,
        PipelineExecutionSummaryTypeDef,
        StageStateTypeDef,
    )

IN_PROGRESS = {"InProgress", "Stopping"}
"""The statuses of an execution that has not ended, in the pipeline or in a stage."""
FAILED = {"Failed", "Stopped", "Cancelled"}
"""The statuses of an execution that has failed.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html and
https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StageExecution.html
"""


@dataclass(frozen=True)
class Action:
    """One action of an execution."""

    id: str
    stage: str
    name: str
    provider: str
    """The service that the action calls, such as `ECR`. Empty if CodePipeline has not read the input of the action."""
    status: str
    external_id: str | None
    """The id that the provider returned to the action, such as the id of a build."""
    error: str
    """The code and the message of the error. Empty if the action has not failed."""
    artifacts: tuple[tuple[str, str], ...]
    """The bucket and the key of each output artifact."""

    @classmethod
    def read(cls, detail: "ActionExecutionDetailTypeDef") -> "Action":
        """Return the action that ListActionExecutions describes."""
        output = detail.get("output", {})
        result = output.get("executionResult", {})
        error = result.get("errorDetails")
        locations = [each["s3location"] for each in output.get("outputArtifacts", []) if "s3location" in each]
        return cls(
            id=detail["actionExecutionId"],
            stage=detail["stageName"],
            name=detail["actionName"],
            provider=detail.get("input", {}).get("actionTypeId", {}).get("provider", ""),
            status=detail["status"],
            external_id=result.get("externalExecutionId"),
            error=f"{error.get('code')}: {error.get('message')}" if error else "",
            artifacts=tuple((location["bucket"], location["key"]) for location in locations),
        )

    @property
    def path(self) -> str:
        """The stage and the name, as `Deploy/Deploy`."""
        return f"{self.stage}/{self.name}"


@dataclass(frozen=True)
class Stage:
    """One stage of a pipeline, with its last execution."""

    name: str
    status: str
    """The status of the last execution. Empty if no execution has reached the stage."""
    execution: str
    """The id of the last execution."""
    changed: datetime | None
    """When the status of an action of the stage last changed."""
    error: str
    """The message of the action that has failed. Empty if no action has failed."""
    disabled: str
    """Why the transition into the stage is disabled. Empty if the transition is enabled."""
    waiting: tuple[str, ...] = ()
    """The ids of the executions that wait to enter the stage."""
    changed_by: str = ""
    """The ARN of the principal that last changed the transition. Empty if nobody has changed it."""

    @classmethod
    def read(cls, state: "StageStateTypeDef") -> "Stage":
        """Return the stage that GetPipelineState describes."""
        last = state.get("latestExecution")
        actions = [each["latestExecution"] for each in state.get("actionStates", []) if "latestExecution" in each]
        transition = state.get("inboundTransitionState", {})
        errors = [each["errorDetails"].get("message", "") for each in actions if "errorDetails" in each]
        waiting = [*state.get("inboundExecutions", []), *filter(None, [state.get("inboundExecution")])]
        return cls(
            name=state["stageName"],
            status=last["status"] if last else "",
            execution=last["pipelineExecutionId"] if last else "",
            changed=max((each["lastStatusChange"] for each in actions if "lastStatusChange" in each), default=None),
            error="; ".join(errors),
            disabled="" if transition.get("enabled", True) else transition.get("disabledReason", "without a reason"),
            waiting=tuple(dict.fromkeys(each["pipelineExecutionId"] for each in waiting)),
            changed_by=transition.get("lastChangedBy", ""),
        )

    @property
    def disabled_details(self) -> str:
        """Why the transition into the stage is disabled, and who disabled it. Empty if the transition is enabled."""
        return f"{self.disabled}; by {self.changed_by}" if self.disabled and self.changed_by else self.disabled


@dataclass(frozen=True)
class Execution:
    """One execution of a pipeline."""

    id: str
    status: str
    started: datetime
    changed: datetime
    """When the execution last changed: its end, if it has ended."""
    digest: str
    """The digest of the image. Empty if the source action has not found an image."""
    trigger: str
    """The kind of the trigger, such as `CloudWatchEvent` or `StartPipelineExecution`."""
    trigger_detail: str
    """The ARN of the rule or of the principal that has started the execution."""
    summary: str
    """Details about the status. Often empty."""
    stop_reason: str = ""
    """Why the execution was stopped. Empty if nobody stopped it, or if nobody gave a reason."""

    @classmethod
    def read(cls, summary: "PipelineExecutionSummaryTypeDef") -> "Execution":
        """Return the execution that ListPipelineExecutions describes."""
        trigger = summary.get("trigger", {})
        return cls(
            id=summary["pipelineExecutionId"],
            status=summary["status"],
            started=summary["startTime"],
            changed=summary["lastUpdateTime"],
            digest=next(iter(revisions(summary)), ""),
            trigger=trigger.get("triggerType", ""),
            trigger_detail=trigger.get("triggerDetail", ""),
            summary=summary.get("statusSummary") or "",
            stop_reason=summary.get("stopTrigger", {}).get("reason", ""),
        )


def revisions(summary: "PipelineExecutionSummaryTypeDef") -> set[str]:
    """Return the source revisions of an execution, such as the digest of the image."""
    return {revision.get("revisionId", "") for revision in summary.get("sourceRevisions", [])}
