"""Tests of plans that would undo a push."""

from typing import Any

import pytest

from operations.diff import stale_plan
from tests.support.synthesized import DEV

ARN = "arn:aws:ecs:eu-central-1:123456789012:task-definition/"


class Ecs:
    """A client of ECS whose service runs revision 8."""

    def describe_services(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"cluster": "cluster-arn", "services": ["app-dev"]}
        return {"services": [{"taskDefinition": f"{ARN}app-dev:8"}]}


@pytest.fixture(autouse=True)
def ecs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def client(self, _: str) -> Ecs:
            return Ecs()

    monkeypatch.setattr(stale_plan, "session", lambda *_: Session())


def plan(before: str, after: str | None, *, actions: tuple[str, ...] = ("update",)) -> dict[str, Any]:
    """A plan that changes the service; without a revision after it, that is known after the apply."""
    service = {"cluster": "cluster-arn", "name": "app-dev", "task_definition": before}
    change = {
        "actions": list(actions),
        "before": service,
        "after": {"name": "app-dev", **({"task_definition": after} if after else {})},
    }
    return {"resource_changes": [{"type": "aws_ecs_service", "change": change}]}


@pytest.mark.parametrize("before", [f"{ARN}app-dev:7", "app-dev:7"])
def test_a_plan_from_before_a_push_names_the_new_revision(before: str) -> None:
    assert stale_plan.newer_revision(plan(before, None), DEV) == "app-dev:8"


def test_a_plan_that_replaces_the_service_is_stale_too() -> None:
    replaced = plan(f"{ARN}app-dev:7", None, actions=("delete", "create"))
    assert stale_plan.newer_revision(replaced, DEV) == "app-dev:8"


def test_a_deleted_service_is_left_to_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ecs, "describe_services", lambda *_, **__: {"services": []})

    assert stale_plan.newer_revision(plan(f"{ARN}app-dev:7", None), DEV) is None


@pytest.mark.parametrize(
    "fresh",
    [
        plan(f"{ARN}app-dev:8", None),
        plan("app-dev:8", f"{ARN}app-dev:6"),
        plan(f"{ARN}app-dev:7", f"{ARN}app-dev:7"),
        plan(f"{ARN}app-dev:7", f"{ARN}app-dev:7", actions=("no-op",)),
        {},
    ],
    ids=["it runs still", "it runs still, by another name", "another setting", "nothing", "no changes"],
)
def test_a_plan_that_undoes_nothing_is_fresh(fresh: dict[str, Any]) -> None:
    assert stale_plan.newer_revision(fresh, DEV) is None
