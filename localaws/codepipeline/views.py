"""Executions as CodePipeline's API returns them."""

from localaws.codepipeline.execution import SUCCEEDED, ActionExecution, ArtifactLocation, Execution
from localaws.json_types import JsonObject


def execution(run: Execution) -> JsonObject:
    """Return an execution with the members of AWS's data type `PipelineExecution`.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
    """
    return {
        "pipelineName": run.declaration["name"],
        "pipelineVersion": run.declaration["version"],
        "pipelineExecutionId": run.id,
        "status": run.status,
        "statusSummary": run.summary,
        "artifactRevisions": [
            {"name": name, "revisionId": action.revision.id, "revisionSummary": action.revision.summary}
            for action in run.actions
            if action.revision
            for name in action.outputs
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in run.pipeline_variables.items()],
        "trigger": run.trigger,
        "executionMode": run.mode,
        "executionType": "STANDARD",
    }


def execution_summary(run: Execution) -> JsonObject:
    """Return an execution with the members of AWS's data type `PipelineExecutionSummary`.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html
    """
    return {
        "pipelineExecutionId": run.id,
        "status": run.status,
        "statusSummary": run.summary,
        "startTime": run.started,
        "lastUpdateTime": run.updated,
        "sourceRevisions": [
            {"actionName": action.name, "revisionId": action.revision.id, "revisionSummary": action.revision.summary}
            for action in run.actions
            if action.revision
        ],
        "trigger": run.trigger,
        "executionMode": run.mode,
        "executionType": "STANDARD",
        **({"stopTrigger": {"reason": run.stop_reason}} if run.stop_reason else {}),
    }


def action_execution(run: Execution, action: ActionExecution) -> JsonObject:
    """Return an action with the members of AWS's data type `ActionExecutionDetail`.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    return {
        "pipelineExecutionId": run.id,
        "actionExecutionId": action.id,
        "pipelineVersion": run.declaration["version"],
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
    """Return the error details of a failed action, and an empty object for other actions.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ErrorDetails.html
    """
    return {"errorDetails": {"code": action.error.code, "message": action.error.message}} if action.error else {}


def _artifacts(locations: dict[str, ArtifactLocation]) -> list[JsonObject]:
    return [{"name": name, "s3location": {"bucket": at.bucket, "key": at.key}} for name, at in locations.items()]
