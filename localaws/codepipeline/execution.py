"""The executions of a pipeline, with their stages and actions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from localaws.json_types import JsonObject

IN_PROGRESS, SUCCEEDED, FAILED = "InProgress", "Succeeded", "Failed"
SUPERSEDED, STOPPING, STOPPED, ABANDONED = "Superseded", "Stopping", "Stopped", "Abandoned"


class ActionFailedError(Exception):
    """An action failed. The error has a code of CodePipeline. It has AWS's message if AWS publishes this message.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_FailureDetails.html
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class ArtifactLocation:
    """The location of an artifact in the artifact bucket."""

    bucket: str
    key: str


@dataclass(frozen=True)
class Revision:
    """The revision that a source action found."""

    id: str
    summary: str


@dataclass
class ActionExecution:
    """One run of one action."""

    stage: str
    declaration: JsonObject
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = IN_PROGRESS
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    configuration: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, ArtifactLocation] = field(default_factory=dict)
    outputs: dict[str, ArtifactLocation] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    external_id: str | None = None
    summary: str | None = None
    error: ActionFailedError | None = None

    @property
    def name(self) -> str:
        """The name of the action."""
        return str(self.declaration["name"])

    def end(self, status: str) -> None:
        """End the action, unless it has ended before. An abandoned action stays abandoned when its work completes."""
        if self.status == IN_PROGRESS:
            self.status = status
            self.updated = datetime.now(UTC)


@dataclass
class StageExecution:
    """One stage in one execution. The status is None until the execution enters the stage."""

    declaration: JsonObject
    status: str | None = None
    actions: list[ActionExecution] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the stage."""
        return str(self.declaration["name"])


@dataclass
class Execution:
    """One execution of a pipeline, with the declaration that the pipeline had when the execution started."""

    declaration: JsonObject
    trigger: Mapping[str, str]
    pipeline_variables: dict[str, str]
    source_revisions: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = IN_PROGRESS
    summary: str | None = None
    stop_reason: str | None = None
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    stages: list[StageExecution] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stages = [StageExecution(stage) for stage in self.declaration["stages"]]

    @property
    def mode(self) -> str:
        """The execution mode: SUPERSEDED, QUEUED or PARALLEL."""
        return str(self.declaration.get("executionMode", "SUPERSEDED"))

    @property
    def actions(self) -> list[ActionExecution]:
        """The actions of all stages, in the order of their start."""
        return [action for stage in self.stages for action in stage.actions]

    @property
    def artifacts(self) -> dict[str, ArtifactLocation]:
        """The output artifacts of the successful actions, by name."""
        return {
            name: location
            for action in self.actions
            if action.status == SUCCEEDED
            for name, location in action.outputs.items()
        }

    @property
    def variables(self) -> dict[str, dict[str, str]]:
        """The variables that later actions can use, by namespace.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
        """
        return {
            "codepipeline": {"PipelineExecutionId": self.id},
            "variables": self.pipeline_variables,
            **{
                action.declaration["namespace"]: action.variables
                for action in self.actions
                if action.status == SUCCEEDED and "namespace" in action.declaration
            },
        }

    @property
    def over(self) -> bool:
        """Whether the execution has ended."""
        return self.status not in (IN_PROGRESS, STOPPING)

    def end(self, status: str, summary: str | None = None) -> None:
        """End the execution, unless it has ended before."""
        if not self.over:
            self.status = status
            self.summary = summary
            self.updated = datetime.now(UTC)
