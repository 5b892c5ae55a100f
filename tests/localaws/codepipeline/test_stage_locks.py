"""The executions that enter a stage, and those that wait."""

import pytest

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import ActionFailedError
from tests.support.localaws.aws_pipeline import until
from tests.support.localaws.scripted_pipelines import Hold, declaration, done, over, pipeline, start


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
