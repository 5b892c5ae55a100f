"""The state of a pipeline."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.localaws.aws_pipeline import ACCOUNT, System, clients, until
from tests.support.localaws.roles import client, session


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


@pytest.mark.parametrize(("stage", "kind"), [("Deploy", "Inbound"), ("Build", "Outbound")])
def test_an_execution_waits_for_a_disabled_transition(shop: System, stage: str, kind: str) -> None:
    """A session may change the transitions of one stage, because IAM has an ARN for a stage."""
    arn = f"arn:aws:codepipeline:{clients().local.region}:{ACCOUNT}:shop/{stage}"
    actions = ["codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition"]
    rights = {"Effect": "Allow", "Action": actions, "Resource": arn}
    key = session(clients().local, "release-manager", rights)
    codepipeline = client(clients().local, key, "codepipeline")
    which = {"pipelineName": "shop", "stageName": stage, "transitionType": kind}
    before = datetime.now(UTC)

    codepipeline.disable_stage_transition(**which, reason="tests of the release")
    execution = shop.start()
    until(lambda: "inboundExecution" in state("Deploy"))

    waiting = {"pipelineExecutionId": execution, "status": "InProgress"}
    found = state("Deploy")
    assert (found["inboundExecution"], found["inboundExecutions"]) == (waiting, [waiting])
    transition = found["inboundTransitionState"]
    assert before <= transition.pop("lastChangedAt") <= datetime.now(UTC)
    by = f"arn:aws:sts::{ACCOUNT}:assumed-role/release-manager/"
    assert transition.pop("lastChangedBy").startswith(by)
    assert transition == {"enabled": False, "disabledReason": "tests of the release"}
    assert [state(other)["inboundTransitionState"]["enabled"] for other in ("Source", "Build")] == [True, True]

    codepipeline.enable_stage_transition(**which)

    assert shop.over(execution)["status"] == "Succeeded"
    transition = state("Deploy")["inboundTransitionState"]
    assert (transition["enabled"], "disabledReason" in transition) == (True, False)


def test_a_transition_of_a_stage_that_does_not_exist_is_refused(shop: System) -> None:
    codepipeline = clients().client("codepipeline")
    which = {"stageName": "None", "transitionType": "Inbound"}
    with pytest.raises(codepipeline.exceptions.StageNotFoundException):
        codepipeline.enable_stage_transition(pipelineName=shop.name, **which)
    with pytest.raises(codepipeline.exceptions.PipelineNotFoundException):
        codepipeline.enable_stage_transition(pipelineName="none", **which)


def state(stage: str) -> dict[str, Any]:
    stages = clients().client("codepipeline").get_pipeline_state(name="shop")["stageStates"]
    found: dict[str, Any] = next(each for each in stages if each["stageName"] == stage)
    return found
