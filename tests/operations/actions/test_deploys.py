"""Tests of `ops disable-deploys` and `ops enable-deploys` on the shared local AWS."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from operations.actions.deploys import Deploys
from operations.commands.status_answer import Status
from operations.commands.why.answer import Why
from operations.system.deployed import DeployedEnvironment
from operations.system.pipeline import Stage
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, TIMEOUT_SECONDS, clients
from tests.support.ops.user import User

BY = f"arn:aws:iam::{ACCOUNT}:root"
"""The caller, as the local AWS records it."""


@pytest.fixture
def disable(user_of: Callable[[str], User]) -> User:
    return user_of("disable-deploys")


@pytest.fixture
def enable(user_of: Callable[[str], User]) -> User:
    return user_of("enable-deploys")


def transition(user: User) -> tuple[bool, str]:
    """Return whether the transition into Deploy is enabled, and why it is disabled."""
    states = clients().client("codepipeline").get_pipeline_state(name=user.name)["stageStates"]
    [found] = [each["inboundTransitionState"] for each in states if each["stageName"] == "Deploy"]
    return found["enabled"], found.get("disabledReason", "")


def test_a_push_waits_until_deploys_are_enabled(disable: User, enable: User, dev: Deployed) -> None:
    code, out, errors = disable.run("--reason", "a freeze")
    assert (code, errors, transition(disable)) == (0, "", (False, "a freeze"))
    assert "disable-deploys: disables the transition into the stage Deploy (a freeze)\n" in out

    pushed = push_image(clients().client("ecr"), dev.name, "latest", b"waits")
    delivery = dev.delivery(**{"image-digest": pushed, "image-tag": "latest", "action-type": "PUSH"})
    execution = delivery["targets"][0]["started"]

    def waits() -> bool:
        states = clients().client("codepipeline").get_pipeline_state(name=dev.name)["stageStates"]
        return any(each["inboundExecutions"] for each in states)

    until(waits, TIMEOUT_SECONDS, "no execution waits")
    shown = replace(disable, command="status").answer(Status)[1].unusual
    assert f"stage Deploy: the transition into the stage is disabled (a freeze; by {BY})" in shown
    cause = replace(disable, command="why").answer(Why)[1].cause
    assert cause
    assert "`ops enable-deploys dev` for the stage that deploys" in cause.advice

    code, out, _ = enable.run("--json")
    found = Deploys.model_validate_json(out)
    assert (code, found.stage, found.disabled, found.waiting) == (0, "Deploy", "", [execution])
    assert found.change == f"enables the transition into the stage Deploy, which is disabled (a freeze; by {BY})"
    assert dev.over(execution)["status"] == "Succeeded"


def test_a_transition_that_is_enabled_changes_nothing(enable: User) -> None:
    code, out, errors = enable.run()

    assert (code, errors, transition(enable)) == (0, "", (True, ""))
    assert "enable-deploys: changes nothing, because the transition into Deploy is enabled\n" in out


def test_the_same_reason_changes_nothing_and_another_one_replaces_it(disable: User) -> None:
    disable.run("--reason", "a freeze")

    code, out, _ = disable.run("--reason", "a freeze")

    assert code == 0
    assert f"disable-deploys: changes nothing, because the transition is disabled (a freeze; by {BY})\n" in out

    code, out, _ = disable.run("--reason", "an audit", "--json")

    found = Deploys.model_validate_json(out)
    change = f"replaces the reason of the disabled transition into the stage Deploy (a freeze; by {BY})"
    assert (code, found.change, found.disabled, transition(disable)) == (0, change, "an audit", (False, "an audit"))


def test_it_says_that_an_execution_in_the_stage_continues(disable: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeployedEnvironment, "stages", lambda _: [Stage("Deploy", "InProgress", "e1", None, "", "")])

    code, out, _ = disable.run("--reason", "a freeze")

    assert (code, transition(disable)) == (0, (False, "a freeze"))
    assert "the stage Deploy (a freeze). Execution e1 is in the stage and continues\n" in out


def test_a_pipeline_without_a_stage_that_deploys_is_named(disable: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeployedEnvironment, "stages", lambda _: [Stage("Source", "Succeeded", "e1", None, "", "")])

    code, _, errors = disable.run("--reason", "a freeze")

    assert (code, errors) == (1, "✗ dev: the pipeline has no stage Deploy; run make deploy ENV=dev\n")


@pytest.mark.parametrize("reason", ["", "a" * 301, "freeze, until Monday", "Größe", "two\nlines"])
def test_a_reason_that_codepipeline_refuses_is_refused_before(reason: str, disable: User) -> None:
    with pytest.raises(SystemExit):
        disable.run("--reason", reason)

    assert "must have 1 to 300 letters, digits, spaces and characters of !@().*?-" in disable.capsys.readouterr().err
