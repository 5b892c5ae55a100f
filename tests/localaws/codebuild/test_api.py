"""Builds through CodeBuild's API."""

from tests.support.localaws.aws_pipeline import System, clients


def test_the_api_returns_a_build_with_its_phases(shop: System) -> None:
    execution = shop.push("looked at")["pipelineExecutionId"]
    build_id = shop.actions(execution)["Build"]["output"]["executionResult"]["externalExecutionId"]
    answer = clients().client("codebuild").batch_get_builds(ids=[build_id, "shop:none"])
    assert answer["buildsNotFound"] == ["shop:none"]
    [build] = answer["builds"]
    assert (build["id"], build["buildStatus"], build["buildComplete"], build["currentPhase"]) == (
        build_id,
        "SUCCEEDED",
        True,
        "COMPLETED",
    )
    assert [(phase["phaseType"], phase["phaseStatus"]) for phase in build["phases"]] == [
        (name, "SUCCEEDED")
        for name in (
            "SUBMITTED",
            "QUEUED",
            "PROVISIONING",
            "DOWNLOAD_SOURCE",
            "INSTALL",
            "PRE_BUILD",
            "BUILD",
            "POST_BUILD",
            "UPLOAD_ARTIFACTS",
            "FINALIZING",
        )
    ]
    assert build["logs"] == {"groupName": "/aws/codebuild/shop", "streamName": build_id.removeprefix("shop:")}
