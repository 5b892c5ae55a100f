"""Tests of the requests that start one-off tasks. The answers of ECS are given here."""

from typing import Any

import pytest

from operations.system.access import Access
from operations.system.control.one_off import OneOffTasks
from settings import Settings
from tools.outside import OutsideError

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
SETTINGS = Settings.model_validate(
    {"environment": "dev", "app": "shop", "region": "eu-central-1", "domain": "shop.example.com"}
)


class Ecs:
    """A client of ECS, with one service and without capacity."""

    def __init__(self, service: dict[str, Any]) -> None:
        self._service = {"status": "ACTIVE", **service}
        self.request: dict[str, Any] = {}

    def describe_services(self, **_: object) -> dict[str, Any]:
        return {"services": [self._service]}

    def run_task(self, **request: object) -> dict[str, Any]:
        self.request = request
        return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}


def requested(**service: Any) -> dict[str, Any]:
    """Return the request of RunTask for a service, without the members that all requests have."""
    ecs = Ecs(service)
    one_off = OneOffTasks(Access(SETTINGS, lambda _: ecs))  # type: ignore[arg-type] # only this client is asked
    with pytest.raises(OutsideError, match=r"^dev: ECS started no task: Capacity is unavailable at this time\.$"):
        one_off.start("shop-dev:7", ["a", "b"], started_by="ops-run/1")
    same = {
        "cluster": "shop-dev",
        "taskDefinition": "shop-dev:7",
        "startedBy": "ops-run/1",
        "overrides": {"containerOverrides": [{"name": "app", "command": ["a", "b"]}]},
    }
    assert same.items() <= ecs.request.items()
    return {name: value for name, value in ecs.request.items() if name not in same}


def test_a_task_has_the_place_of_the_service() -> None:
    place = {"launchType": "FARGATE", "platformVersion": "1.4.0", "networkConfiguration": NETWORK}

    assert requested(**place) == place


def test_a_capacity_provider_replaces_the_launch_type() -> None:
    place = {"capacityProviderStrategy": SPOT, "networkConfiguration": NETWORK}

    assert requested(launchType="FARGATE", **place) == place
