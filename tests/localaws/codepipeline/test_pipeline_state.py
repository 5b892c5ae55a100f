"""The state of a pipeline."""

from tests.support.localaws.aws_pipeline import System, clients


def test_the_state_has_the_latest_execution_of_each_stage(shop: System) -> None:
    digest = shop.put_image("seen")
    execution = shop.delivery(**{"image-digest": digest})["targets"][0]["started"]
    shop.over(execution)
    state = clients().client("codepipeline").get_pipeline_state(name="shop")
    assert [
        (stage["stageName"], stage["latestExecution"], stage["actionStates"][0]["latestExecution"]["status"])
        for stage in state["stageStates"]
    ] == [
        (name, {"pipelineExecutionId": execution, "status": "Succeeded"}, "Succeeded")
        for name in ("Source", "Build", "Deploy")
    ]
    assert state["stageStates"][0]["actionStates"][0]["currentRevision"]["revisionId"] == digest
    assert (
        state["stageStates"][2]["actionStates"][0]["latestExecution"]["externalExecutionId"]
        == (shop.service()["taskDefinition"])
    )
