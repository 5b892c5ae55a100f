"""The actions of a stage: their order, their artifacts, and the effect of a failure."""

import threading
from typing import Any

import pytest

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import ActionFailedError
from tests.support.localaws.aws_pipeline import ACCOUNT, TIMEOUT_SECONDS, System, clients
from tests.support.localaws.changed_pipelines import changed, failure
from tests.support.localaws.scripted_pipelines import declaration, done, over, pipeline, start


def test_actions_with_the_same_run_order_run_together() -> None:
    together = threading.Barrier(2)
    finished = []

    def worker(job: Job) -> None:
        if job.action.name in ("b", "c"):
            together.wait(TIMEOUT_SECONDS)
        finished.append(job.action.name)

    stage: list[dict[str, Any]] = [
        {"name": "d", "runOrder": 3},
        {"name": "b", "runOrder": 2},
        {"name": "c", "runOrder": 2},
        {"name": "a"},
    ]
    assert over(start(pipeline(worker), declaration(Source=stage))) == ["Succeeded"]
    assert (finished[0], sorted(finished[1:3]), finished[3]) == ("a", ["b", "c"], "d")


def test_a_failed_action_ends_the_execution_after_the_others() -> None:
    def worker(job: Job) -> None:
        if job.action.name == "b":
            raise ActionFailedError("JobFailed", "no")

    builds: list[dict[str, Any]] = [{"name": "a"}, {"name": "b"}]
    execution = start(pipeline(worker), declaration(Source=[{}], Build=builds, Deploy=[{}]))
    assert over(execution) == ["Failed"]
    assert done(execution) == [("Source", "Succeeded"), ("a", "Succeeded"), ("b", "Failed")]
    assert [stage.status for stage in execution.stages] == ["Succeeded", "Failed", None]


def test_an_error_of_the_local_aws_fails_the_action() -> None:
    def worker(_job: Job) -> None:
        raise ZeroDivisionError("oops")

    execution = start(pipeline(worker), declaration())
    assert over(execution) == ["Failed"]
    error = execution.actions[0].error
    assert error
    assert (error.code, error.message) == ("SystemUnavailable", "The local AWS failed: ZeroDivisionError('oops')")


def test_an_unknown_action_fails() -> None:
    """The message names the known actions."""
    unknown = {"actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}
    execution = start(pipeline(lambda _: None), declaration(Source=[unknown]))
    assert over(execution) == ["Failed"]
    assert str(execution.actions[0].error) == (
        "The local AWS cannot run Approval/AWS/Manual/1 actions, only Test/AWS/Fake/1"
    )


def test_an_unknown_input_artifact_fails_the_action() -> None:
    execution = start(pipeline(lambda _: None), declaration(Source=[{"inputArtifacts": [{"name": "image"}]}]))
    assert over(execution) == ["Failed"]
    assert str(execution.actions[0].error) == "No earlier action has the output artifact image"


def test_an_action_gets_artifacts_and_variables_of_earlier_ones() -> None:
    def worker(job: Job) -> None:
        job.action.variables = {"Tag": "v1"}

    source = {"outputArtifacts": [{"name": "image-of-the-shop"}], "namespace": "Image"}
    build = {"inputArtifacts": [{"name": "image-of-the-shop"}], "configuration": {"x": "#{Image.Tag} #{variables.who}"}}
    declared = declaration(Source=[source], Build=[build]) | {
        "variables": [{"name": "who", "defaultValue": "all"}, {"name": "what"}]
    }
    execution = start(pipeline(worker), declared)
    named = start(pipeline(worker), declared, overrides=[{"name": "who", "value": "one"}])
    assert over(execution, named) == ["Succeeded", "Succeeded"]
    [made, got] = execution.actions
    assert got.inputs == made.outputs
    assert made.outputs["image-of-the-shop"].key.startswith("shop/image-of-t/")
    assert (got.configuration, named.actions[1].configuration) == ({"x": "v1 all"}, {"x": "v1 one"})


@pytest.mark.parametrize(
    ("action", "changes", "message"),
    [
        ("Push", {"configuration": {}}, "The configuration of the action must have RepositoryName"),
        ("Build", {"configuration": {}}, "The configuration of the action must have ProjectName"),
        ("Build", {"inputArtifacts": []}, "The local AWS supports this action only with one input artifact, got 0"),
        (
            "Build",
            {"outputArtifacts": [{"name": "a"}, {"name": "b"}]},
            "The local AWS supports at most one output artifact of a build, got 2",
        ),
        ("Deploy", {"configuration": {"ClusterName": "shop"}}, "The configuration of the action must have ServiceName"),
        ("Deploy", {"inputArtifacts": []}, "The local AWS supports this action only with one input artifact, got 0"),
    ],
)
def test_a_declaration_that_only_moto_accepts_fails_the_action(
    shop: System, action: str, changes: dict[str, Any], message: str
) -> None:
    assert failure(shop, action, **{action: changes}) == ("ConfigurationError", message)


def test_a_role_that_does_not_trust_the_pipeline_fails(shop: System) -> None:
    role = clients().role("not-for-pipelines", {"AWS": f"arn:aws:iam::{ACCOUNT}:role/someone"})
    assert failure(shop, "Deploy", Deploy={"roleArn": role}) == (
        "PermissionError",
        (
            f"{shop.roles['codepipeline']} is not authorized to perform AssumeRole on role {role} "
            "because no role trust policy allows the sts:AssumeRole action"
        ),
    )


def test_an_action_can_have_its_own_role(shop: System) -> None:
    role = clients().role("of-the-deployment", {"AWS": shop.roles["codepipeline"]})
    with changed(shop, Deploy={"roleArn": role}):
        assert shop.push("own role")["status"] == "Succeeded"
