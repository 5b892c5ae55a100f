"""The events that ECS sends to EventBridge.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
"""

from datetime import UTC, datetime
from typing import Any

from moto.ecs.models import Service

from localaws.ecs.service_tasks import Task
from localaws.events.bus import event
from localaws.json_types import JsonObject

INFO, WARN, ERROR = "INFO", "WARN", "ERROR"


def task_state_change(task: Task) -> JsonObject:
    """Return the event of a changed task status. The local AWS has only the statuses PENDING, RUNNING and STOPPED.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    """
    _, _, _, region, account, _ = task["taskArn"].split(":", 5)
    detail: JsonObject = _in_json(task)
    return event(
        "ECS Task State Change",
        source="aws.ecs",
        account=account,
        region=region,
        resources=[task["taskArn"]],
        detail={name: value for name, value in detail.items() if name != "tags"} | {"updatedAt": _iso(_now())},
    )


def service_action(service: Service, kind: str, name: str, **details: str) -> JsonObject:
    """Return the event of a successful or failed action of the service scheduler.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
    """
    detail = {"eventType": kind, "eventName": name, "clusterArn": service.cluster_arn, "createdAt": _iso(_now())}
    return _service_event("ECS Service Action", service, detail | details)


def deployment_state_change(service: Service, kind: str, name: str, deployment: JsonObject) -> JsonObject:
    """Return the event of a deployment that has begun, is complete or has failed.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    """
    detail = {
        "eventType": kind,
        "eventName": name,
        "deploymentId": deployment["id"],
        "updatedAt": _iso(deployment["updatedAt"]),
        "reason": deployment["rolloutStateReason"],
    }
    return _service_event("ECS Deployment State Change", service, detail)


def _service_event(detail_type: str, service: Service, detail: JsonObject) -> JsonObject:
    return event(
        detail_type,
        source="aws.ecs",
        account=service._account_id,
        region=service.region_name,
        resources=[service.arn],
        detail=detail,
    )


def _in_json(value: Any) -> Any:
    """Return a copy of a value, with times as texts."""
    if isinstance(value, dict):
        return {name: _in_json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_json(each) for each in value]
    return _iso(value) if isinstance(value, datetime) else value


def _now() -> datetime:
    return datetime.now(UTC)


def _iso(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
