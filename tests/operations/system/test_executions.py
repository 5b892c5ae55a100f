"""Tests of executions: what CodePipeline may leave out of an answer."""

import boto3
from botocore.stub import Stubber

from operations.system.executions import Executions


def test_an_action_without_input_and_without_artifacts_in_s3_is_read() -> None:
    """Both members are optional: ActionExecutionDetail and ArtifactDetail in the API reference."""
    client = boto3.client("codepipeline", region_name="eu-central-1")
    detail = {"actionExecutionId": "a1", "stageName": "Build", "actionName": "Build", "status": "Failed"}
    with Stubber(client) as stub:
        stub.add_response(
            "list_action_executions",
            {"actionExecutionDetails": [detail | {"output": {"outputArtifacts": [{"name": "built"}]}}]},
        )
        [action] = Executions(client, "shop-dev").actions("e1")

    assert (action.path, action.status, action.provider, action.artifacts) == ("Build/Build", "Failed", "", ())
