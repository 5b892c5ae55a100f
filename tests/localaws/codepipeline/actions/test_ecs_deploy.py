"""How long a deployment is waited for, and how its failures are told; with an ECS that says what the tests want."""

from typing import Any

import pytest

from localaws.codepipeline.actions import ecs_deploy
from localaws.codepipeline.execution import ActionFailedError

OLD, NEW = "task-definition/shop:1", "task-definition/shop:2"


class Ecs:
    """Gives one description of the service after the other, the last one again and again."""

    def __init__(self, *services: dict[str, Any]) -> None:
        self.services = list(services)

    def describe_services(self, **_: Any) -> dict[str, Any]:
        return {"services": [self.services.pop(0) if len(self.services) > 1 else self.services[0]]}


def service(revision: str, **rollouts: str) -> dict[str, Any]:
    deployments = [
        {"taskDefinition": {"old": OLD, "new": NEW}[key], "rolloutState": state, "rolloutStateReason": "its reason"}
        for key, state in rollouts.items()
    ]
    return {"status": "ACTIVE", "taskDefinition": revision, "deployments": deployments}


def wait(*services: dict[str, Any], timeout_minutes: int = 1) -> Ecs:
    ecs = Ecs(*services)
    ecs_deploy.wait(ecs, "shop", "web", NEW, timeout_minutes=timeout_minutes)
    return ecs


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecs_deploy, "POLL_SECONDS", 0)


def test_it_waits_while_the_deployment_of_the_new_revision_is_in_progress() -> None:
    running, complete = service(NEW, old="COMPLETED", new="IN_PROGRESS"), service(NEW, new="COMPLETED")
    assert wait(running, running, complete).services == [complete]


def test_a_revision_is_not_live_before_it_has_a_deployment() -> None:
    none, complete = service(NEW, old="COMPLETED"), service(NEW, new="COMPLETED")
    assert wait(none, none, complete).services == [complete]


def test_a_deployment_of_another_revision_is_not_waited_for() -> None:
    wait(service(NEW, old="IN_PROGRESS", new="COMPLETED"))


@pytest.mark.parametrize(
    ("services", "message"),
    [
        ([service(NEW, new="FAILED")], f"The deployment of {NEW} was not complete within 1 minutes: its reason"),
        (
            [service(NEW, new="IN_PROGRESS"), service(OLD, new="FAILED", old="COMPLETED")],
            f"The deployment of {NEW} was not complete within 1 minutes: its reason",
        ),
        (
            [service(NEW, new="IN_PROGRESS"), service(OLD, old="IN_PROGRESS")],
            f"The service runs {OLD} instead of {NEW}: it was updated meanwhile",
        ),
    ],
)
def test_a_deployment_that_fails_or_is_rolled_back_or_given_up_fails_the_action(
    services: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ActionFailedError) as failure:
        wait(*services)
    assert (failure.value.code, failure.value.message) == ("JobFailed", message)


def test_after_a_roll_back_the_action_stays_in_progress_until_its_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)

    with pytest.raises(ActionFailedError, match="was not complete within 21 minutes: its reason"):
        wait(service(NEW, new="FAILED"), timeout_minutes=21)

    assert slept == [pytest.approx(21 * ecs_deploy.SECONDS_OF_A_MINUTE_AFTER_A_ROLL_BACK)]


def test_the_time_out_of_the_action_is_kept() -> None:
    with pytest.raises(ActionFailedError, match="was not complete within 0 minutes"):
        wait(service(NEW, new="IN_PROGRESS"), timeout_minutes=0)
