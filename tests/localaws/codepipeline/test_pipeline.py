"""How executions go through stages, and what becomes of those that meet; with workers that do as the tests say.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from tests.support.localaws.scripted_pipelines import Hold, declaration, done, over, pipeline, start


def test_stages_run_in_order_and_an_execution_succeeds_with_its_last() -> None:
    execution = start(pipeline(lambda _: None), declaration())
    assert over(execution) == ["Succeeded"]
    assert done(execution) == [("Source", "Succeeded"), ("Build", "Succeeded"), ("Deploy", "Succeeded")]


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
