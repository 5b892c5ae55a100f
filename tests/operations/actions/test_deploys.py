"""Tests of `ops disable-deploys` and `ops enable-deploys` on the shared local AWS."""

from collections.abc import Callable

import pytest

from operations.actions.deploys import Deploys
from operations.commands.status_answer import Status
from operations.commands.why.answer import Why
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
    shown = User.answer(disable_as(disable, "status"), Status)[1].unusual
    assert f"stage Deploy: the transition into the stage is disabled (a freeze; by {BY})" in shown
    cause = User.answer(disable_as(disable, "why"), Why)[1].cause
    assert cause
    assert f"`ops enable-deploys dev` for the stage that deploys" in cause.advice

    code, out, _ = enable.run("--json")
    found = Deploys.model_validate_json(out)
    assert (code, found.stage, found.disabled, found.waiting) == (0, "Deploy", "", [execution])
    assert found.change == f"enables the transition into the stage Deploy, which is disabled (a freeze; by {BY})"
    assert dev.over(execution)["status"] == "Succeeded"
