"""CodePipeline's API with executions that run.

In moto, each execution succeeds at once and has no actions, and the stages have no state.
"""

import copy
from datetime import UTC, datetime
from typing import ClassVar

from moto.codepipeline.exceptions import PipelineExecutionNotFoundException
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult

from localaws.codepipeline import pipeline_state, views
from localaws.codepipeline.execution import Execution
from localaws.codepipeline.pipeline import Pipeline
from localaws.codepipeline.stage_locks import Transition
from localaws.iam.sessions import session_of
from localaws.json_types import JsonObject
from localaws.runner import Runner


class CodePipelineApi(CodePipelineResponse):
    """The operations of CodePipeline.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html
    """

    runner: ClassVar[Runner]

    def create_pipeline(self) -> str:
        """Create a pipeline and start its first execution, as AWS does."""
        answer = super().create_pipeline()
        self._start(self._get_param("pipeline")["name"], "CreatePipeline")
        return answer

    def delete_pipeline(self) -> str:
        """Delete a pipeline, and abandon its executions."""
        self.runner.forget(self.region, self._get_param("name"))
        return super().delete_pipeline()

    def start_pipeline_execution(self) -> ActionResult:  # type: ignore[override] # moto returns text
        """Start an execution."""
        return ActionResult({"pipelineExecutionId": self._start(self._get_param("name"), "StartPipelineExecution").id})

    def stop_pipeline_execution(self) -> ActionResult:
        """Stop an execution: with `abandon` at once, otherwise after its running actions have ended."""
        execution = self._execution()
        if execution.over:
            raise JsonRESTError(
                "PipelineExecutionNotStoppableException", f"The execution {execution.id} is {execution.status}"
            )
        abandon = bool(self._get_param("abandon"))
        self._pipeline(self._get_param("pipelineName")).stop(
            execution, abandon=abandon, reason=self._get_param("reason")
        )
        return ActionResult({"pipelineExecutionId": execution.id})

    def disable_stage_transition(self) -> ActionResult:
        """Let no execution enter a stage (Inbound), or leave a stage for the next one (Outbound)."""
        return self._change_transition(self._get_param("reason"))

    def enable_stage_transition(self) -> ActionResult:
        """Let executions enter or leave a stage again. The executions that wait go on."""
        return self._change_transition(None)

    def get_pipeline_state(self) -> ActionResult:
        """Return the state of each stage and action."""
        name = self._get_param("name")
        return ActionResult(pipeline_state.pipeline_state(self._declaration(name), self._pipeline(name)))

    def get_pipeline_execution(self) -> ActionResult:  # type: ignore[override] # moto returns text
        """Return one execution."""
        return ActionResult({"pipelineExecution": views.execution(self._execution())})

    def list_pipeline_executions(self) -> ActionResult:  # type: ignore[override] # moto returns text
        """List the executions of a pipeline, newest first."""
        executions = self._pipeline(self._get_param("pipelineName")).executions
        newest_first = [views.execution_summary(execution) for execution in reversed(executions)]
        return ActionResult({"pipelineExecutionSummaries": newest_first[: self._get_param("maxResults")]})

    def list_action_executions(self) -> ActionResult:
        """List the actions of all executions or of one execution, newest first."""
        id_ = (self._get_param("filter") or {}).get("pipelineExecutionId")
        newest_first = [
            views.action_execution(execution, action)
            for execution in reversed(self._pipeline(self._get_param("pipelineName")).executions)
            if id_ in (None, execution.id)
            for action in reversed(execution.actions)
        ]
        return ActionResult({"actionExecutionDetails": newest_first[: self._get_param("maxResults")]})

    def _declaration(self, name: str) -> JsonObject:
        return copy.deepcopy(self.codepipeline_backend.get_pipeline(name)[0])

    def _pipeline(self, name: str) -> Pipeline:
        return self.runner.pipeline(self.region, self._declaration(name)["name"])

    def _execution(self) -> Execution:
        name, id_ = self._get_param("pipelineName"), self._get_param("pipelineExecutionId")
        for execution in self._pipeline(name).executions:
            if execution.id == id_:
                return execution
        raise PipelineExecutionNotFoundException(f"The pipeline {name} has no execution {id_}")

    def _change_transition(self, disabled_reason: str | None) -> ActionResult:
        """Enable or disable a transition.

        A transition is a link between two stages, so the outbound transition of a stage is the inbound transition of
        the next stage. An execution ends after the last stage, so the outbound transition of this stage has no effect.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html
        """
        name, stage = self._get_param("pipelineName"), self._get_param("stageName")
        stages = [each["name"] for each in self._declaration(name)["stages"]]
        if stage not in stages:
            raise JsonRESTError("StageNotFoundException", f"The pipeline {name} has no stage {stage}")
        outbound = self._get_param("transitionType") == "Outbound"
        for entered in stages[stages.index(stage) + outbound :][:1]:
            transition = Transition(self._caller(), datetime.now(UTC), disabled_reason)
            self._pipeline(name).locks.change(entered, transition)
        return ActionResult({})

    def _caller(self) -> str:
        session = session_of(self.access_key)
        if session is None:  # the key of the run
            return f"arn:aws:iam::{self.current_account}:root"
        role = session.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{self.current_account}:assumed-role/{role}/{session.name}"

    def _start(self, name: str, trigger: str) -> Execution:
        return self._pipeline(name).start(
            self._declaration(name),
            {"triggerType": trigger, "triggerDetail": f"arn:aws:iam::{self.current_account}:root"},
            overrides=self._get_param("variables") or (),
            source_revisions=self._get_param("sourceRevisions") or (),
        )
