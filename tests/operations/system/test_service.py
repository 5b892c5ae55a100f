"""Tests of a service that starts tasks. tests/operations/test_promote.py has healthy and unhealthy services."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations.system.service import Running, running
from settings import Settings

STEADY = "(service shop-dev) has reached a steady state."
STARTED = "(service shop-dev) has started 2 tasks: (task 0123456789abcdef) (task fedcba9876543210)."
REGISTERED = "(service shop-dev) registered 1 targets in (target-group arn:aws:elasticloadbalancing:1)"
COMPLETED = "(service shop-dev) (deployment ecs-svc/1) deployment completed."
STOPPED = "(service shop-dev) has stopped 1 running tasks: (task 0123456789abcdef)."
UNHEALTHY = "(service shop-dev) (task 0123456789abcdef) failed container health checks."
NOW = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/app/1"
IMAGE = f"shop@sha256:{'0' * 64}"


def read(*events: str, state: str = "COMPLETED", pending: int = 2) -> Running:
    """Return what is read of a service with 1 of 3 tasks, with events from the newest to the oldest."""
    settings = Settings(environment="dev", app="shop", region="eu-central-1", domain="shop.example.com")
    ecs: Any = boto3.client("ecs", region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="key")
    revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev:7"
    deployment = {
        "id": "ecs-svc/1",
        "status": "PRIMARY",
        "taskDefinition": revision,
        "rolloutState": state,
        "createdAt": NOW,
    }
    service = {
        "status": "ACTIVE",
        "taskDefinition": revision,
        "deployments": [deployment],
        "runningCount": 1,
        "pendingCount": pending,
        "desiredCount": 3,
        "events": [{"id": str(number), "createdAt": NOW, "message": text} for number, text in enumerate(events)],
        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app"}],
    }
    definition = {"family": "shop-dev", "revision": 7, "containerDefinitions": [{"name": "app", "image": IMAGE}]}
    with Stubber(ecs) as stub:
        stub.add_response("describe_services", {"services": [service]})
        stub.add_response("describe_task_definition", {"taskDefinition": definition})
        return running(ecs, settings)


@pytest.mark.parametrize(
    "events",
    [[STARTED, STEADY, STOPPED], [REGISTERED, STARTED, STEADY], [STARTED, COMPLETED, STEADY]],
    ids=["started", "one has started", "after a deployment"],
)
def test_a_service_that_only_starts_tasks_scales_out(events: list[str]) -> None:
    assert read(*events).scales_out


@pytest.mark.parametrize(
    ("events", "how"),
    [
        ([STARTED, STOPPED, STEADY], {}),
        ([STARTED, UNHEALTHY, STEADY], {}),
        ([STEADY], {}),
        ([STARTED, STEADY], {"pending": 0}),
        ([STARTED, STEADY], {"state": "IN_PROGRESS"}),
    ],
    ids=["a task stopped", "a task is unhealthy", "nothing started", "no task is pending", "a deployment"],
)
def test_a_service_that_replaces_tasks_does_not_scale_out(events: list[str], how: dict[str, Any]) -> None:
    assert not read(*events, **how).scales_out


def test_the_target_groups_are_those_of_the_service() -> None:
    assert read().target_groups == (GROUP,)
