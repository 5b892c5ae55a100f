"""The state of a pipeline as the CodePipeline API shows it: what became last of each stage and action."""

from localaws.codepipeline.execution import ActionExecution
from localaws.codepipeline.pipeline import Pipeline
from localaws.codepipeline.views import error
from localaws.json_types import JsonObject


def pipeline(declaration: JsonObject, seen: Pipeline) -> JsonObject:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html"""
    return {
        "pipelineName": declaration["name"],
        "pipelineVersion": declaration["version"],
        "stageStates": [_stage(stage, seen) for stage in declaration["stages"]],
    }


def _stage(stage: JsonObject, seen: Pipeline) -> JsonObject:
    entered = [
        (execution_, stage_)
        for execution_ in seen.executions
        for stage_ in execution_.stages
        if stage_.name == stage["name"] and stage_.status
    ]
    waiting = [
        {"pipelineExecutionId": execution_.id, "status": execution_.status}
        for execution_ in seen.locks.waiting(stage["name"])
    ]
    shown = {
        "stageName": stage["name"],
        "inboundTransitionState": {"enabled": True},
        "inboundExecutions": waiting,
        "actionStates": [
            _action(action["name"], [done for _, stage_ in entered for done in stage_.actions])
            for action in stage["actions"]
        ],
    }
    if waiting:
        shown["inboundExecution"] = waiting[-1]
    if entered:
        shown["latestExecution"] = {"pipelineExecutionId": entered[-1][0].id, "status": entered[-1][1].status}
    return shown


def _action(name: str, done: list[ActionExecution]) -> JsonObject:
    runs = [action for action in done if action.name == name]
    if not runs:
        return {"actionName": name}
    last = runs[-1]
    shown: JsonObject = {
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
        shown["currentRevision"] = {
            "revisionId": last.revision.id,
            "revisionChangeId": last.revision.id,
            "created": last.updated,
        }
    return shown
