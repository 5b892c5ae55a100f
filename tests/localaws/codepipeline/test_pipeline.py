"""The way of executions through the stages of a pipeline, with workers of the tests.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from tests.support.localaws.scripted_pipelines import Hold, declaration, done, over, pipeline, start


def test_an_execution_succeeds_after_its_stages_in_order() -> None:
    execution = start(pipeline(lambda _: None), declaration())
    assert over(execution) == ["Succeeded"]
    assert done(execution) == [("Source", "Succeeded"), ("Build", "Succeeded"), ("Deploy", "Succeeded")]


def test_stopping_waits_for_the_action_and_starts_no_other() -> None:
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


def test_an_abandoned_execution_leaves_its_stage() -> None:
    """The next execution enters, although the abandoned action still runs."""
    hold = Hold()
    subject = pipeline(hold)
    first = start(subject, declaration())
    hold.wait_for(first)
    second = start(subject, declaration())
    subject.stop(first, abandon=True, reason=None)
    hold.wait_for(first, second)
    assert [stage.status for stage in first.stages] == ["Succeeded", "Stopped", None]
    hold.go.release(2)
    assert over(first, second) == ["Stopped", "Succeeded"]
    assert done(first) == [("Source", "Succeeded"), ("Build", "Abandoned")]
