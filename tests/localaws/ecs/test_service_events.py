"""The service events: AWS's messages, newest first, at most a hundred."""

from typing import Any

import pytest
from moto.ecs.models import EC2ContainerServiceBackend as Backend

from localaws.ecs import service_events
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION

TASKS = [{"taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/cluster/{id_}"} for id_ in ("one", "two")]


@pytest.fixture
def service() -> Any:
    backend = Backend(REGION, ACCOUNT)
    backend.create_cluster("cluster")
    return backend.create_service("cluster", "shop", 2, load_balancers=[{"targetGroupArn": "group"}])


def test_the_tasks_are_named(service: Any) -> None:
    service_events.started(service, TASKS)
    service_events.registered(service, TASKS)
    service_events.deregistered(service, TASKS[:1])
    service_events.stopped(service, TASKS[:1])

    assert [event["message"] for event in service.events] == [
        "(service shop) has stopped 1 running tasks: (task one).",
        "(service shop) deregistered 1 targets in (target-group group)",
        "(service shop) registered 2 targets in (target-group group)",
        "(service shop) has started 2 tasks: (task one) (task two).",
    ]


def test_the_oldest_of_more_than_a_hundred_are_dropped(service: Any) -> None:
    for number in range(102):
        service_events.add(service, str(number))

    assert [service.events[index]["message"] for index in (0, -1)] == ["(service shop) 101", "(service shop) 2"]
    assert len(service.events) == 100
