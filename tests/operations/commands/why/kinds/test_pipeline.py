"""Tests of the causes in the pipeline itself."""

from dataclasses import replace

import pytest

from operations.system.pipeline import Action, Stage
from tests.support.ops.incidents import BEGAN, DEPLOYMENT, EXECUTION, causes, evidence, rollout, stopped


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ConfigurationError: Did not find the image definition file imagedefinitions.json in", "image-definitions"),
        ("ConfigurationError: The AWS ECS container web does not exist", "container-name"),
        ("JobFailed: another update replaced the deployment", "deployment-replaced"),
        ("ConfigurationError: The AWS ECS service shop-dev does not exist in the cluster", "service-missing"),
    ],
)
def test_the_error_of_the_deploy_action_names_the_cause(error: str, kind: str) -> None:
    deploy = Action("a1", "Deploy", "Deploy", "ECS", "Failed", None, error, ())
    first = causes(evidence(executions=[replace(EXECUTION, status="Failed")], actions=[deploy]))[0]

    assert (first.kind, first.certainty) == (kind, "certain")


def test_a_disabled_transition_names_the_command() -> None:
    stages = [Stage("Deploy", "Succeeded", "e6", BEGAN, "", "a freeze", ("e7",))]
    first = causes(evidence(executions=[replace(EXECUTION, status="InProgress")], stages=stages))[0]

    assert first.text == "The transition into the stage Deploy is disabled (a freeze)"
    assert "enable-stage-transition --pipeline-name shop-dev --stage-name Deploy" in first.advice


def test_a_stop_after_failed_tasks_is_an_effect() -> None:
    task = stopped("Essential container in task exited", "EssentialContainerExited", exit_code=1, created=BEGAN)
    execution = replace(EXECUTION, status="Stopped", stop_reason="Essential container in task exited")

    assert [each.kind for each in causes(evidence(executions=[execution], tasks=[task]))] == ["container-exits"]


def test_a_deployment_that_goes_on_after_a_failed_action_took_too_long() -> None:
    deploy = Action("a1", "Deploy", "Deploy", "ECS", "Failed", None, "", ())
    running = replace(rollout(), deployments=(replace(rollout().primary, running_count=1), DEPLOYMENT))
    failed = [replace(EXECUTION, status="Failed")]
    [first] = causes(evidence(service=running, executions=failed, actions=[deploy]))

    assert (first.kind, first.certainty) == ("deployment-timed-out", "likely")


def test_a_person_has_stopped_the_execution() -> None:
    first = causes(evidence(executions=[replace(EXECUTION, status="Stopped", stop_reason="wrong image")], actions=[]))[
        0
    ]

    assert (first.kind, first.certainty) == ("execution-stopped", "likely")
    assert first.text == "Somebody stopped the execution (wrong image)"
