"""The state of a pipeline: the latest execution of each stage and action."""

from localaws.codepipeline.execution import ActionExecution
from localaws.codepipeline.pipeline import Pipeline
from localaws.codepipeline.stage_locks import Transition
from localaws.codepipeline.views import error
from localaws.json_types import JsonObject


def pipeline_state(declaration: JsonObject, pipeline: Pipeline) -> JsonObject:
    """Return the answer of GetPipelineState.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html
    """
    return {
        "pipelineName": declaration["name"],
        "pipelineVersion": declaration["version"],
        "stageStates": [_stage_state(stage, pipeline) for stage in declaration["stages"]],
    }


def _stage_state(stage: JsonObject, pipeline: Pipeline) -> JsonObject:
    entered = [
        (execution_, stage_)
        for execution_ in pipeline.executions
        for stage_ in execution_.stages
        if stage_.name == stage["name"] and stage_.status
    ]
    waiting = [
        {"pipelineExecutionId": execution_.id, "status": execution_.status}
        for execution_ in pipeline.locks.waiting(stage["name"])
    ]
    state = {
        "stageName": stage["name"],
        "inboundTransitionState": _transition_state(pipeline.locks.transition(stage["name"])),
        "inboundExecutions": waiting,
        "actionStates": [
            _action_state(action["name"], [action_ for _, stage_ in entered for action_ in stage_.actions])
            for action in stage["actions"]
        ],
    }
    if waiting:
        state["inboundExecution"] = waiting[-1]
    if entered:
        state["latestExecution"] = {"pipelineExecutionId": entered[-1][0].id, "status": entered[-1][1].status}
    return state


def _transition_state(transition: Transition | None) -> JsonObject:
    if transition is None:
        return {"enabled": True}
    reason = transition.disabled_reason
    changed = {"lastChangedBy": transition.changed_by, "lastChangedAt": transition.changed}
    return {"enabled": reason is None, **changed, **({"disabledReason": reason} if reason is not None else {})}


def _action_state(name: str, actions: list[ActionExecution]) -> JsonObject:
    runs = [action for action in actions if action.name == name]
    if not runs:
        return {"actionName": name}
    last = runs[-1]
    state: JsonObject = {
        "actionName": name,
        "latestExecution": {
            "actionExecutionId": last.id,
            "status": last.status,
            "summary": last.summary,
            "lastStatusChange": last.updated,
            "externalExecutionId": last.external_id,
            **error(last),
        },
    }
    if last.revision:
        state["currentRevision"] = {
            "revisionId": last.revision.id,
            "revisionChangeId": last.revision.id,
            "created": last.updated,
        }
    return state
