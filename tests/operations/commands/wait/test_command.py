"""Tests of `ops wait` on the shared local AWS. They share one system, which each test leaves healthy."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from operations.commands.wait import push
from operations.commands.wait.command import Waited
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.ops.deliveries import (
    at_line,
    content,
    deliver,
    push_failing,
    shared,
    stop_failed_deployment,
)
from tests.support.ops.people import missing, person
from tests.support.ops.user import User

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dev() -> Deployed:
    return shared()


@pytest.fixture
def user(dev: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("wait", tmp_path, monkeypatch, capsys, dev.name)


def waited(user: User, *options: str) -> tuple[int, Waited]:
    code, out, errors = user.run("--json", *options)
    assert out, errors
    return code, Waited.model_validate_json(out)


def newest(dev: Deployed) -> dict[str, Any]:
    execution: dict[str, Any] = dev.executions()[-1]
    return execution


def test_a_push_is_followed_until_it_is_live(dev: Deployed, user: User) -> None:
    pushed = push_image(clients().client("ecr"), dev.name, "latest", content())

    code, out, errors = user.run()

    lines = out.splitlines()
    assert (code, errors, dev.runs().rpartition("@")[2]) == (0, "", pushed)
    assert lines[3].startswith(f"last push: {pushed} (latest), ")
    assert lines[-1] == f"dev runs {pushed} ({dev.service()['taskDefinition'].rpartition('/')[2]})"
    assert (newest(dev)["trigger"]["triggerType"], newest(dev)["status"]) == ("CloudWatchEvent", "Succeeded")


def test_a_push_that_is_live_already_ends_at_once(dev: Deployed, user: User) -> None:
    [pushed] = deliver(dev, 1)

    code, found = waited(user)

    assert (code, found.outcome, found.image, found.tags) == (0, "live", pushed, ("latest",))
    assert (found.execution, found.fault, found.why) == (newest(dev)["pipelineExecutionId"], "", None)


def test_a_push_that_fails_ends_with_2_and_the_cause(
    dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(dev, 1)
    at_line(monkeypatch, "Build/Build: Succeeded", partial(stop_failed_deployment, dev))
    bad = push_failing(dev, "latest")

    code, found = waited(user)

    assert (code, found.outcome, found.image) == (2, "failed", bad)
    assert found.fault.endswith(" is Stopped: tasks failed to start")
    assert found.why
    assert found.why.cause
    assert found.why.cause.kind == "container-exits"
    again, out, _ = user.run()
    assert (again, "\n✗ " in out) == (2, True)
    deliver(dev, 1)


def test_a_push_that_was_rolled_back_is_not_live(dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = deliver(dev, 2)
    dev.over(dev.start_image(first))
    monkeypatch.setattr(push, "EVENT_SECONDS", 0.2)

    code, found = waited(user)

    assert (code, found.outcome, found.image) == (2, "failed", second)
    assert f" succeeded, but {first} (" in found.fault
    dev.over(dev.start_image(second))


def test_an_image_that_another_one_replaces_meanwhile_is_not_live(
    dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service ran the image, and runs the other one at the next look."""
    replaced, second = deliver(dev, 2)
    find = push.find
    monkeypatch.setattr(push, "find", lambda deployed: replace(find(deployed), digest=replaced))
    monkeypatch.setattr(push, "execution", lambda *_: None)

    code, found = waited(user)

    assert (code, found.outcome) == (2, "failed")
    assert found.fault.startswith(f"dev: {second} (")
    assert found.fault.endswith(") has replaced the image meanwhile")


def test_a_push_that_no_execution_follows_ends_with_1(
    dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ECR's event was lost."""
    events = clients().client("events")
    monkeypatch.setattr(push, "START_SECONDS", 0.2)
    events.disable_rule(Name=dev.name)
    try:
        lost = push_image(clients().client("ecr"), dev.name, "latest", content())
        code, _, errors = user.run()
    finally:
        events.enable_rule(Name=dev.name)

    assert (code, errors) == (
        1,
        (
            f"✗ dev: no execution of the pipeline has found {lost} within 0.2 seconds. If ECR's event was lost, deploy "
            f"the image with `ops rollback dev --force --to {lost}`\n"
        ),
    )
    deliver(dev, 1)


def test_a_time_out_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "go"
    user = User.of("wait", tmp_path, monkeypatch, capsys)
    held = deployed(user.name, buildspec=held_until_there_is(go))
    push_image(clients().client("ecr"), held.name, "latest", content())
    pipeline = clients().client("codepipeline")
    pipeline.disable_stage_transition(
        pipelineName=held.name, transitionType="Inbound", stageName="Deploy", reason="freeze"
    )
    monkeypatch.setattr("operations.commands.wait.command.SECONDS_OF_A_MINUTE", 1)

    code, out, errors = user.run("--timeout", "2")
    go.touch()

    assert code == 1
    assert "the transition into the stage Deploy is disabled: freeze" in out
    execution = newest(held)["pipelineExecutionId"]
    assert f"execution {execution} is still in progress; see ops why, or wait again" in errors
    pipeline.enable_stage_transition(pipelineName=held.name, transitionType="Inbound", stageName="Deploy")
    held.over(execution)


def test_an_interruption_changes_nothing(dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(dev, 1)

    def interrupt() -> None:
        raise KeyboardInterrupt

    at_line(monkeypatch, "dev runs", interrupt)

    code, _, errors = user.run()

    assert (code, errors) == (130, "the delivery continues; `ops status` shows it\n✗ interrupted\n")


def test_a_repository_without_a_watched_image_is_named(dev: Deployed, user: User) -> None:
    user.settings(pipeline={"watch": "release-*"})

    code, _, errors = user.run()

    assert (code, errors) == (
        1,
        (
            f"✗ dev: no image in the repository {dev.name} has a tag that the pipeline watches (release-*); push an "
            "image first\n"
        ),
    )


def test_an_empty_account_has_no_push(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user = User.of("wait", tmp_path, monkeypatch, capsys)

    code, _, errors = user.run()

    assert code == 1
    assert errors.startswith("✗ dev: ")
    assert errors.endswith("run make deploy ENV=dev\n")


@pytest.mark.parametrize("minutes", ["0", "-1", "1441", "many"])
def test_a_wrong_time_is_refused(minutes: str, user: User) -> None:
    with pytest.raises(SystemExit):
        user.run("--timeout", minutes)

    assert "must be a number from 1 to 1440" in user.capsys.readouterr().err


def test_the_viewer_role_is_enough_and_each_denial_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed("waits-dev").deliver(content())
    words = ("wait",)

    with person("viewer", "waits", tmp_path) as viewer:
        code, said = viewer.run(words, monkeypatch, capsys)
        assert (code, missing(said)) == (0, set())
        assert len(viewer.used[words]) == 5
        for action in sorted(viewer.used[words]):
            viewer.allow(without=action)
            code, said = viewer.run(words, monkeypatch, capsys)
            assert (code, missing(said)) == (1, {action})
