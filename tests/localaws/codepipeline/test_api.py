"""Executions through CodePipeline's API: started, listed, stopped and deleted."""

from pathlib import Path

import pytest

from tests.support.localaws.aws_pipeline import System, clients, system, until
from tests.support.localaws.changed_pipelines import changed, held_until_there_is


def test_executions_are_started_and_listed(shop: System) -> None:
    codepipeline = clients().client("codepipeline")
    digest = shop.put_image("started by hand", "tagless")
    revision = {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": digest}
    started = shop.start(sourceRevisions=[revision])
    assert shop.over(started)["artifactRevisions"][0]["revisionId"] == digest
    last = codepipeline.list_pipeline_executions(pipelineName="shop", maxResults=1)["pipelineExecutionSummaries"]
    assert [(item["pipelineExecutionId"], item["status"]) for item in last] == [(started, "Succeeded")]
    assert last[0]["sourceRevisions"][0]["revisionId"] == digest
    with pytest.raises(codepipeline.exceptions.PipelineExecutionNotFoundException):
        shop.over("00000000-0000-0000-0000-000000000000")
    with pytest.raises(codepipeline.exceptions.PipelineNotFoundException):
        codepipeline.get_pipeline_state(name="no-such-pipeline")


def test_a_deleted_pipeline_has_no_executions() -> None:
    made = system("deleted")
    clients().client("codepipeline").delete_pipeline(name="deleted")
    clients().client("codepipeline").create_pipeline(pipeline=made.declaration())
    assert [execution["trigger"]["triggerType"] for execution in made.executions()] == ["CreatePipeline"]


def test_only_the_last_of_several_waiting_pushes_is_deployed(tmp_path: Path) -> None:
    go = tmp_path / "go"
    fast = system("fast", buildspec=held_until_there_is(go))
    started = []
    for content in ("one", "two", "three"):
        digest = fast.put_image(content)
        started.append(fast.delivery(**{"image-digest": digest})["targets"][0]["started"])
        until(lambda: started[-1] in at_build(fast))
    go.touch()
    assert [fast.over(execution)["status"] for execution in started] == ["Succeeded", "Superseded", "Succeeded"]
    assert fast.task_definition()["revision"] == 3


def test_a_running_execution_is_stopped(shop: System, tmp_path: Path) -> None:
    codepipeline = clients().client("codepipeline")
    shop.create_project("held", held_until_there_is(tmp_path / "go"))
    with changed(shop, Build={"configuration": {"ProjectName": "held"}}):
        stopped = shop.start()
        until(lambda: stopped in at_build(shop))
        which = {"pipelineName": "shop", "pipelineExecutionId": stopped}
        codepipeline.stop_pipeline_execution(**which, abandon=True, reason="enough")
        assert shop.over(stopped)["status"] == "Stopped"
        assert shop.executions()[-1]["stopTrigger"] == {"reason": "enough"}
        with pytest.raises(codepipeline.exceptions.PipelineExecutionNotStoppableException):
            codepipeline.stop_pipeline_execution(**which)
    (tmp_path / "go").touch()


def at_build(made: System) -> list[str]:
    """Return the executions in the Build stage, and those that wait for it."""
    state = clients().client("codepipeline").get_pipeline_state(name=made.name)["stageStates"][1]
    inside = [state["latestExecution"]] if "latestExecution" in state else []
    return [execution["pipelineExecutionId"] for execution in inside + state["inboundExecutions"]]
