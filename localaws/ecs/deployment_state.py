"""The deployments of a service, as DescribeServices shows them.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from datetime import UTC, datetime
from uuid import uuid4

from moto.ecs.models import Service

from localaws.json_types import JsonObject

IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"


def new_deployment(service: Service) -> JsonObject:
    """Return a new primary deployment of the revision in `service.task_definition`."""
    now = datetime.now(UTC)
    previous: JsonObject = service.deployments[0]
    return previous | {
        "id": f"ecs-svc/{uuid4().int % 10**19:019}",
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "createdAt": now,
        "updatedAt": now,
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": service.desired_count,
        "failedTasks": 0,
        "rolloutState": IN_PROGRESS,
    }


def completed_deployments(service: Service) -> list[JsonObject]:
    """Return the completed deployments of a service, newest first, with the status `ACTIVE` instead of `PRIMARY`."""
    return [each | {"status": "ACTIVE"} for each in service.deployments if each["rolloutState"] == COMPLETED]


def rolled_back_to(completed: JsonObject) -> JsonObject:
    """Return the completed deployment to which ECS rolls back. It is in progress again, and keeps its id and tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    return completed | {"status": "PRIMARY", "rolloutState": IN_PROGRESS, "updatedAt": datetime.now(UTC)}


def ended(deployment: JsonObject, state: str, reason: str) -> JsonObject:
    """Return a deployment with its final state and the reason for it."""
    return deployment | {"rolloutState": state, "rolloutStateReason": reason, "updatedAt": datetime.now(UTC)}
