"""Executions as the API of CodePipeline shows them."""

from localaws.codepipeline.execution import SUCCEEDED, ActionExecution, ArtifactLocation, Execution
from localaws.json_types import JsonObject


def execution(seen: Execution) -> JsonObject:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html"""
    return {
        "pipelineName": seen.declaration["name"],
        "pipelineVersion": seen.declaration["version"],
        "pipelineExecutionId": seen.id,
        "status": seen.status,
        "statusSummary": seen.summary,
        "artifactRevisions": [
            {"name": name, "revisionId": action.revision.id, "revisionSummary": action.revision.summary}
            for action in seen.actions
            if action.revision
            for name in action.outputs
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in seen.pipeline_variables.items()],
        "trigger": seen.trigger,
        "executionMode": seen.mode,
        "executionType": "STANDARD",
    }


def execution_summary(seen: Execution) -> JsonObject:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html"""
    return {
        "pipelineExecutionId": seen.id,
        "status": seen.status,
        "statusSummary": seen.summary,
        "startTime": seen.started,
        "lastUpdateTime": seen.updated,
        "sourceRevisions": [
            {"actionName": action.name, "revisionId": action.revision.id, "revisionSummary": action.revision.summary}
            for action in seen.actions
            if action.revision
        ],
        "trigger": seen.trigger,
        "executionMode": seen.mode,
        "executionType": "STANDARD",
        **({"stopTrigger": {"reason": seen.stop_reason}} if seen.stop_reason else {}),
    }


def action_execution(seen: Execution, action: ActionExecution) -> JsonObject:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html"""
    return {
        "pipelineExecutionId": seen.id,
        "actionExecutionId": action.id,
        "pipelineVersion": seen.declaration["version"],
        "stageName": action.stage,
        "actionName": action.name,
        "startTime": action.started,
        "lastUpdateTime": action.updated,
        "status": action.status,
        "input": {
            "actionTypeId": action.declaration["actionTypeId"],
            "configuration": action.declaration.get("configuration", {}),
            "resolvedConfiguration": action.configuration,
            "roleArn": action.declaration.get("roleArn"),
            "inputArtifacts": _artifacts(action.inputs),
            "namespace": action.declaration.get("namespace"),
        },
        "output": {
            "outputArtifacts": _artifacts(action.outputs if action.status == SUCCEEDED else {}),
            "executionResult": {
                "externalExecutionId": action.external_id,
                "externalExecutionSummary": action.summary,
                **error(action),
            },
            "outputVariables": action.variables,
        },
    }


def error(action: ActionExecution) -> JsonObject:
    """https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ErrorDetails.html"""
    return {"errorDetails": {"code": action.error.code, "message": action.error.message}} if action.error else {}


def _artifacts(places: dict[str, ArtifactLocation]) -> list[JsonObject]:
    return [{"name": name, "s3location": {"bucket": place.bucket, "key": place.key}} for name, place in places.items()]
