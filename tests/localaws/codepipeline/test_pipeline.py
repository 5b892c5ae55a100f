"""How executions go through stages, and what becomes of those that meet; with workers that do as the tests say.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import ActionFailedError, Execution
from localaws.codepipeline.pipeline import Pipeline
from localaws.iam.roles import Aws
from tests.support.aws_pipeline import TIMEOUT_SECONDS, until

KIND = {"category": "Test", "owner": "AWS", "provider": "Fake", "version": "1"}


class NoAws:
    """Lets every role be acted for, and has no API."""

    region = "eu-central-1"

    def acting_for(self, role_arn: str, _principal: str) -> str:
        return role_arn


def pipeline(worker: Callable[[Job], None]) -> Pipeline:
    return Pipeline(cast("Aws", NoAws()), {("Test", "AWS", "Fake", "1"): worker})


def declaration(mode: str = "SUPERSEDED", **stages: list[dict[str, Any]]) -> dict[str, Any]:
    """Declare a pipeline with the stages Source, Build and Deploy, each with one action of its name, or others."""
    wanted = stages or {name: [{}] for name in ("Source", "Build", "Deploy")}
    return {
        "name": "shop",
        "roleArn": "arn:aws:iam::123456789012:role/pipeline",
        "executionMode": mode,
        "artifactStore": {"type": "S3", "location": "bucket"},
        "stages": [
            {"name": name, "actions": [{"name": name, "actionTypeId": KIND} | action for action in actions]}
            for name, actions in wanted.items()
        ],
    }


def start(pipeline_: Pipeline, declared: dict[str, Any], **how: Any) -> Execution:
    return pipeline_.start(declared, {"triggerType": "StartPipelineExecution"}, **how)


def over(*executions: Execution) -> list[str]:
    """Wait until executions are over and give their statuses."""
    until(lambda: all(execution.over for execution in executions))
    return [execution.status for execution in executions]


def done(execution: Execution) -> list[tuple[str, str]]:
    return [(action.name, action.status) for action in execution.actions]


class Hold:
    """A worker whose Build actions wait until they are let go, one after the other."""

    def __init__(self) -> None:
        self.entered: list[Execution] = []
        self.go = threading.Semaphore(0)

    def __call__(self, job: Job) -> None:
        if job.action.name == "Build":
            self.entered.append(job.execution)
            assert self.go.acquire(timeout=TIMEOUT_SECONDS)

    def wait_for(self, *executions: Execution) -> None:
        until(lambda: self.entered == list(executions))


def test_stages_run_in_order_and_an_execution_succeeds_with_its_last() -> None:
    execution = start(pipeline(lambda _: None), declaration())
    assert over(execution) == ["Succeeded"]
    assert done(execution) == [("Source", "Succeeded"), ("Build", "Succeeded"), ("Deploy", "Succeeded")]


def test_inside_a_stage_the_run_order_counts_and_equals_run_together() -> None:
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


def test_a_failed_action_ends_the_execution_once_its_neighbours_are_done() -> None:
    def worker(job: Job) -> None:
        if job.action.name == "b":
            raise ActionFailedError("JobFailed", "no")

    builds: list[dict[str, Any]] = [{"name": "a"}, {"name": "b"}]
    execution = start(pipeline(worker), declaration(Source=[{}], Build=builds, Deploy=[{}]))
    assert over(execution) == ["Failed"]
    assert done(execution) == [("Source", "Succeeded"), ("a", "Succeeded"), ("b", "Failed")]
    assert [stage.status for stage in execution.stages] == ["Succeeded", "Failed", None]


def test_after_a_failure_the_next_execution_gets_in() -> None:
    fail = [True]

    def worker(job: Job) -> None:
        if job.action.name == "Build" and fail.pop():
            raise ActionFailedError("JobFailed", "no")

    subject = pipeline(worker)
    assert over(start(subject, declaration())) == ["Failed"]
    fail.append(False)
    assert over(start(subject, declaration())) == ["Succeeded"]


def test_an_error_of_the_runner_fails_the_action_and_leaves_nothing_in_progress() -> None:
    def worker(_job: Job) -> None:
        raise ZeroDivisionError("oops")

    execution = start(pipeline(worker), declaration())
    assert over(execution) == ["Failed"]
    error = execution.actions[0].error
    assert error
    assert (error.code, error.message) == ("SystemUnavailable", "The local AWS failed: ZeroDivisionError('oops')")


def test_an_action_that_nobody_knows_fails_and_tells_which_are_known() -> None:
    unknown = {"actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}
    execution = start(pipeline(lambda _: None), declaration(Source=[unknown]))
    assert over(execution) == ["Failed"]
    assert str(execution.actions[0].error) == (
        "The local AWS runs no Approval/AWS/Manual/1 actions; it runs Test/AWS/Fake/1"
    )


def test_an_input_artifact_that_no_action_makes_fails_the_action() -> None:
    execution = start(pipeline(lambda _: None), declaration(Source=[{"inputArtifacts": [{"name": "image"}]}]))
    assert over(execution) == ["Failed"]
    assert str(execution.actions[0].error) == "No earlier action makes the input artifact image"


def test_a_later_action_gets_the_artifacts_and_the_variables_of_an_earlier_one() -> None:
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


def test_superseded_lets_only_the_newest_of_those_that_wait_into_a_stage() -> None:
    hold = Hold()
    subject = pipeline(hold)
    first, second = start(subject, declaration()), start(subject, declaration())
    hold.wait_for(first)
    until(lambda: subject.locks.waiting("Build") == [second])
    third = start(subject, declaration())
    until(lambda: subject.locks.waiting("Build") == [third])
    hold.go.release(2)
    assert over(first, second, third) == ["Succeeded", "Superseded", "Succeeded"]
    assert done(second) == [("Source", "Succeeded")]
    assert hold.entered == [first, third]


def test_queued_lets_all_in_one_after_the_other() -> None:
    hold = Hold()
    subject = pipeline(hold)
    executions = [start(subject, declaration("QUEUED")) for _ in range(4)]
    for count in range(1, 5):
        hold.wait_for(*executions[:count])
        hold.go.release()
    assert over(*executions) == ["Succeeded"] * 4


def test_parallel_lets_all_in_at_once() -> None:
    hold = Hold()
    subject = pipeline(hold)
    executions = [start(subject, declaration("PARALLEL")) for _ in range(3)]
    until(lambda: len(hold.entered) == 3)
    hold.go.release(3)
    assert over(*executions) == ["Succeeded"] * 3


def test_stopping_lets_the_running_action_end_and_starts_no_other() -> None:
    hold = Hold()
    subject = pipeline(hold)
    execution = start(subject, declaration())
    hold.wait_for(execution)
    subject.stop(execution, abandon=False, reason="enough")
    assert execution.status == "Stopping"
    hold.go.release()
    assert over(execution) == ["Stopped"]
    assert done(execution) == [("Source", "Succeeded"), ("Build", "Succeeded")]
    assert execution.stop_reason == "enough"


@pytest.mark.parametrize("abandon", [True, False])
def test_stopping_an_execution_that_waits_stops_it_at_once(abandon: bool) -> None:  # noqa: FBT001 - both ways
    hold = Hold()
    subject = pipeline(hold)
    first, second = start(subject, declaration()), start(subject, declaration())
    until(lambda: subject.locks.waiting("Build") == [second])
    subject.stop(second, abandon=abandon, reason=None)
    assert second.status == "Stopped"
    hold.go.release()
    assert over(first) == ["Succeeded"]


def test_an_abandoned_execution_leaves_its_stage_to_the_next_whatever_its_action_still_does() -> None:
    hold = Hold()
    subject = pipeline(hold)
    first = start(subject, declaration())
    hold.wait_for(first)
    second = start(subject, declaration())
    subject.stop(first, abandon=True, reason=None)
    hold.wait_for(first, second)
    hold.go.release(2)
    assert over(first, second) == ["Stopped", "Succeeded"]
    assert done(first) == [("Source", "Succeeded"), ("Build", "Abandoned")]
