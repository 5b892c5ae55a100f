"""Tests of the tasks of a service, with answers of ECS."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations.system import tasks
from operations.system.tasks import Container, Task

PREFIX = "arn:aws:ecs:eu-central-1:123456789012:"
CREATED = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)


@pytest.fixture
def ecs() -> Any:
    return boto3.client("ecs", region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="key")


def described(number: int, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"{PREFIX}task/shop-dev/{number:032x}",
        "taskDefinitionArn": f"{PREFIX}task-definition/shop-dev:7",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "createdAt": CREATED + timedelta(seconds=number),
    } | more


def listed(stub: Stubber, status: str, numbers: range, token: str = "", previous: str = "") -> None:
    arns = [f"{PREFIX}task/shop-dev/{number:032x}" for number in numbers]
    asked = {"cluster": "shop-dev", "serviceName": "shop-dev", "desiredStatus": status}
    asked |= {"nextToken": previous} if previous else {}
    stub.add_response("list_tasks", {"taskArns": arns} | ({"nextToken": token} if token else {}), asked)


def test_all_pages_are_read_and_described_by_the_hundred(ecs: Any) -> None:
    with Stubber(ecs) as stub:
        listed(stub, "RUNNING", range(100), token="more")
        listed(stub, "RUNNING", range(100, 150), previous="more")
        listed(stub, "STOPPED", range(149, 151))
        for numbers in (range(100), range(100, 151)):
            arns = [f"{PREFIX}task/shop-dev/{number:032x}" for number in numbers]
            answer = {"tasks": [described(number) for number in numbers]}
            stub.add_response("describe_tasks", answer, {"cluster": "shop-dev", "tasks": arns})

        found = tasks.of_service(ecs, "shop-dev")

        stub.assert_no_pending_responses()
    assert [task.id for task in found] == [f"{number:032x}" for number in reversed(range(151))]


def test_no_task_is_described_if_none_is_listed(ecs: Any) -> None:
    with Stubber(ecs) as stub:
        listed(stub, "RUNNING", range(0))

        assert tasks.of_service(ecs, "shop-dev", desired=["RUNNING"]) == []


def test_a_stopped_task_has_its_reasons() -> None:
    stopped = described(
        1,
        lastStatus="STOPPED",
        desiredStatus="STOPPED",
        healthStatus="UNHEALTHY",
        startedAt=CREATED,
        stoppedAt=CREATED,
        stopCode="EssentialContainerExited",
        stoppedReason="Essential container in task exited",
        startedBy="ecs-svc/1",
        containers=[
            {"name": "app", "imageDigest": "sha256:1", "exitCode": 137, "reason": "OutOfMemoryError: killed"},
            {"name": "proxy"},
        ],
    )

    assert Task.read(stopped) == Task(  # type: ignore[arg-type] # a dictionary with the members that are read
        arn=f"{PREFIX}task/shop-dev/{1:032x}",
        id=f"{1:032x}",
        revision="shop-dev:7",
        status="STOPPED",
        desired_status="STOPPED",
        health="UNHEALTHY",
        created=CREATED + timedelta(seconds=1),
        started=CREATED,
        stopped=CREATED,
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
        started_by="ecs-svc/1",
        containers=(
            Container("app", "sha256:1", 137, "OutOfMemoryError: killed"),
            Container("proxy", None, None, ""),
        ),
    )


def test_a_pending_task_has_not_started() -> None:
    pending = Task.read(described(1, lastStatus="PENDING"))  # type: ignore[arg-type] # the members that are read

    assert (pending.started, pending.stopped, pending.stop_code, pending.health) == (None, None, "", "UNKNOWN")
