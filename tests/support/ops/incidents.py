"""Evidence about a healthy environment, in which parts differ."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.commands.why import judgement, verdict
from operations.commands.why.case import Case
from operations.commands.why.cause import Cause
from operations.commands.why.evidence import Evidence
from operations.system.certificate import Certificate
from operations.system.definitions import Definition
from operations.system.deployments import Deployment, Deployments, Event
from operations.system.logs.streams import Streams
from operations.system.pipeline import Execution, Stage
from operations.system.tasks import Container, Task
from settings import Settings

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=2)
SETTINGS = Settings.model_validate(
    {"environment": "dev", "app": "shop", "region": "eu-central-1", "domain": "shop.example.com"}
)
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-dev/key-AbCdEf"

DEPLOYMENT = Deployment(
    id="ecs-svc/7",
    status="PRIMARY",
    revision="shop-dev:7",
    rollout_state="COMPLETED",
    rollout_reason="ECS deployment ecs-svc/7 completed.",
    failed_tasks=0,
    desired_count=1,
    running_count=1,
    created=BEGAN,
)
STEADY = Event(BEGAN + timedelta(minutes=5), "(service shop-dev) has reached a steady state.")
SERVICE = Deployments((DEPLOYMENT,), (STEADY,), 1, 1, 0, 60)
TASK = Task(
    arn="arn:aws:ecs:eu-central-1:123456789012:task/shop-dev/t1",
    id="t1",
    revision="shop-dev:7",
    status="RUNNING",
    desired_status="RUNNING",
    health="UNKNOWN",
    created=BEGAN,
    started=BEGAN + timedelta(minutes=1),
    stopped=None,
    stop_code="",
    stopped_reason="",
    started_by="ecs-svc/7",
    containers=(Container("app", None, None, ""),),
)
EXECUTION = Execution("e7", "Succeeded", BEGAN, BEGAN + timedelta(minutes=9), "", "", "", "")
STAGES = [Stage(name, "Succeeded", "e7", BEGAN, "", "") for name in ("Source", "Build", "Deploy")]
DEFINITION = Definition(
    name="shop-dev:8",
    image=f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev@sha256:{'8' * 64}",
    platform="linux/amd64",
    cpu="256",
    memory="1024",
    ports=(3000,),
    variables={"DB_NAME": "app"},
    secrets={"API_KEY": ARN},
    execution_role="arn:aws:iam::123456789012:role/shop-dev-execution",
    task_role="arn:aws:iam::123456789012:role/shop-dev-task",
    user="1000:1000",
    command=(),
    registered=NOW - timedelta(minutes=5),
    registered_by="arn:aws:iam::123456789012:role/deployer",
    logs=Streams("/ecs/shop-dev", "app/app/"),
)


def evidence(**parts: Any) -> Evidence:
    """Return evidence about a healthy environment, in which some parts differ."""
    healthy: dict[str, Any] = {
        "service": SERVICE,
        "tasks": [TASK],
        "targets": [],
        "executions": [EXECUTION],
        "stages": STAGES,
        "certificate": Certificate("shop.example.com", "ISSUED", NOW + timedelta(days=300)),
    }
    return Evidence(SETTINGS, NOW, **healthy | parts)


def stopped(reason: str, code: str = "TaskFailedToStart", *, exit_code: int | None = None, **changed: Any) -> Task:
    """Return a task of a deployment in progress that has failed. `changed` has further attributes."""
    container = replace(TASK.containers[0], exit_code=exit_code, reason=changed.pop("container_reason", ""))
    own: dict[str, Any] = {
        "id": "t8",
        "revision": "shop-dev:8",
        "started_by": "ecs-svc/8",
        "created": NOW - timedelta(minutes=3),
    }
    ended: dict[str, Any] = {"status": "STOPPED", "desired_status": "STOPPED", "stopped": NOW - timedelta(minutes=1)}
    began: dict[str, Any] = {"started": own["created"] if exit_code is not None else None}
    failed: dict[str, Any] = {"stop_code": code, "stopped_reason": reason, "containers": (container,)}
    return replace(TASK, **own | ended | began | failed | changed)


def rollout(*, failed_tasks: int = 0, **changed: Any) -> Deployments:
    """Return a service with a deployment in progress."""
    new = replace(
        DEPLOYMENT,
        id="ecs-svc/8",
        revision="shop-dev:8",
        rollout_state="IN_PROGRESS",
        rollout_reason="ECS deployment ecs-svc/8 in progress.",
        failed_tasks=failed_tasks,
        running_count=0,
        created=NOW - timedelta(minutes=4),
    )
    return replace(SERVICE, deployments=(new, replace(DEPLOYMENT, status="ACTIVE")), **changed)


def causes(of: Evidence) -> list[Cause]:
    """Return the causes, the first one first."""
    found = verdict.find(of)
    assert found.is_wrong, found
    return judgement.causes(Case(of, found))


def failing(*tasks: Task, **parts: Any) -> list[Cause]:
    """Return the causes of a deployment in progress whose tasks fail."""
    service = rollout(failed_tasks=len(tasks))
    given: dict[str, Any] = {"service": service, "tasks": [*tasks, TASK], "revision": DEFINITION}
    return causes(evidence(**given | parts))
