"""The executions that enter a stage, and those that wait."""

from datetime import UTC, datetime

import pytest

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import ActionFailedError
from localaws.codepipeline.stage_locks import Transition
from tests.support.localaws.aws_pipeline import until
from tests.support.localaws.scripted_pipelines import Hold, declaration, done, over, pipeline, start

NOW = datetime.now(UTC)


def test_after_a_failure_the_next_execution_enters() -> None:
    fail = [True]

    def worker(job: Job) -> None:
        if job.action.name == "Build" and fail.pop():
            raise ActionFailedError("JobFailed", "no")

    subject = pipeline(worker)
    assert over(start(subject, declaration())) == ["Failed"]
    fail.append(False)
    assert over(start(subject, declaration())) == ["Succeeded"]


def test_superseded_lets_only_the_newest_execution_enter() -> None:
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


def test_queued_lets_executions_enter_in_order() -> None:
    hold = Hold()
    subject = pipeline(hold)
    executions = [start(subject, declaration("QUEUED")) for _ in range(4)]
    for count in range(1, 5):
        hold.wait_for(*executions[:count])
        hold.go.release()
    assert over(*executions) == ["Succeeded"] * 4


def test_parallel_lets_all_executions_enter_at_once() -> None:
    hold = Hold()
    subject = pipeline(hold)
    executions = [start(subject, declaration("PARALLEL")) for _ in range(3)]
    until(lambda: len(hold.entered) == 3)
    hold.go.release(3)
    assert over(*executions) == ["Succeeded"] * 3


@pytest.mark.parametrize("abandon", [True, False])
def test_a_waiting_execution_stops_at_once(abandon: bool) -> None:  # noqa: FBT001 - both ways
    hold = Hold()
    subject = pipeline(hold)
    first, second = start(subject, declaration()), start(subject, declaration())
    until(lambda: subject.locks.waiting("Build") == [second])
    subject.stop(second, abandon=abandon, reason=None)
    assert second.status == "Stopped"
    hold.go.release()
    assert over(first) == ["Succeeded"]


def test_a_disabled_transition_holds_the_newest_execution() -> None:
    """The execution that waits does not lock the stage that it has left."""
    subject = pipeline(lambda _: None)
    subject.locks.change("Build", Transition("arn", NOW, "tests"))
    first = start(subject, declaration())
    until(lambda: subject.locks.waiting("Build") == [first])
    second = start(subject, declaration())
    until(lambda: subject.locks.waiting("Build") == [second])
    assert (over(first), done(second)) == (["Superseded"], [("Source", "Succeeded")])

    subject.locks.change("Build", Transition("arn", NOW, None))

    assert over(second) == ["Succeeded"]


@pytest.mark.parametrize("mode", ["QUEUED", "PARALLEL"])
def test_a_disabled_transition_holds_all_executions(mode: str) -> None:
    subject = pipeline(lambda _: None)
    subject.locks.change("Deploy", Transition("arn", NOW, "tests"))
    executions = [start(subject, declaration(mode)) for _ in range(3)]
    until(lambda: len(subject.locks.waiting("Deploy")) == 3)
    assert {name for each in executions for name, _ in done(each)} == {"Source", "Build"}

    subject.locks.change("Deploy", Transition("arn", NOW, None))

    assert over(*executions) == ["Succeeded"] * 3


def test_an_execution_before_a_disabled_transition_stops_at_once() -> None:
    subject = pipeline(lambda _: None)
    subject.locks.change("Build", Transition("arn", NOW, "tests"))
    execution = start(subject, declaration())
    until(lambda: subject.locks.waiting("Build") == [execution])
    subject.stop(execution, abandon=False, reason=None)
    assert over(execution) == ["Stopped"]
