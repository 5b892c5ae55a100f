"""ECS: brings a service to the revision that it names, and back if its tasks do not start.

moto keeps services and runs none: a deployment of its own stays in progress for ever, or is over at once.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

import logging
from datetime import UTC, datetime
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import Service

from localaws.ecs import tasks
from localaws.iam.roles import Aws

IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"


def begin(aws: Aws, turn: Lock, backend: Backend, service: Service) -> None:
    """Begin a deployment of the revision that the service names, in a request, which has its turn.

    Its tasks start in a thread of their own, which ends the deployment when it is its turn, unless another has begun.
    """
    earlier = [deployment for deployment in service.deployments if deployment["rolloutState"] == COMPLETED]
    deployment = _new(service, IN_PROGRESS)
    service.deployments = [deployment, *({**old, "status": "ACTIVE"} for old in earlier)]
    Thread(
        target=_run, args=(aws, turn, backend, service, deployment), name=f"deployment {deployment['id']}", daemon=True
    ).start()


def scale(backend: Backend, service: Service) -> None:
    """Bring the number of running tasks to what the service wants, without a deployment."""
    running = service.desired_count
    cluster = backend._get_cluster(service.cluster_name)
    backend.update_cluster_resources(cluster, running - service.running_count, "RUNNING")
    backend.update_cluster_resources(cluster, -service.pending_count, "PENDING")
    service.running_count, service.pending_count = running, 0
    for deployment in service.deployments[:1]:
        deployment |= {"desiredCount": running, "runningCount": running, "pendingCount": 0}


def _run(aws: Aws, turn: Lock, backend: Backend, service: Service, deployment: dict[str, Any]) -> None:
    try:
        for _ in range(service.desired_count):
            tasks.start(aws, deployment["taskDefinition"])
        with turn:
            if _is_current(service, deployment):
                _complete(backend, service, deployment)
    except Exception as error:
        reason = str(error)
        if not isinstance(error, tasks.TaskFailedError):
            logging.exception("deployment %s: the local AWS failed", deployment["id"])
            reason = f"The local AWS failed: {error!r}"
        with turn:
            if _is_current(service, deployment):
                _fail(service, deployment, reason)


def _is_current(service: Service, deployment: dict[str, Any]) -> bool:
    return service.deployments[0] is deployment and service.status == "ACTIVE"


def _complete(backend: Backend, service: Service, deployment: dict[str, Any]) -> None:
    scale(backend, service)
    service.deployments = [_settled(deployment, COMPLETED, f"ECS deployment {deployment['id']} completed.")]


def _fail(service: Service, deployment: dict[str, Any], reason: str) -> None:
    """Count the failure. The circuit breaker, if it is on, ends the deployment and, if it may, rolls it back.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    message = f"(service {service.name}) was unable to place a task. Reason: {reason}"
    service.events = [{"id": str(uuid4()), "createdAt": datetime.now(UTC), "message": message}, *service.events]
    deployment["failedTasks"] += 1
    breaker = getattr(service, "deployment_configuration", {}).get("deploymentCircuitBreaker", {})
    if not breaker.get("enable"):
        return
    earlier = service.deployments[1:]
    failed = _settled(deployment, FAILED, f"ECS deployment circuit breaker: tasks failed to start: {reason}")
    if breaker.get("rollback") and earlier:
        service.task_definition = str(earlier[0]["taskDefinition"])
        back = _new(service, COMPLETED) | {"runningCount": service.running_count, "pendingCount": 0}
        back["rolloutStateReason"] = f"ECS deployment circuit breaker: rolling back to deploymentId {earlier[0]['id']}."
        service.deployments = [back, failed | {"status": "ACTIVE"}]
    else:
        service.deployments = [failed, *earlier]


def _new(service: Service, state: str) -> dict[str, Any]:
    now, id_ = datetime.now(UTC), f"ecs-svc/{uuid4().int % 10**19:019}"
    first: dict[str, Any] = service.deployments[0]
    return first | {
        "id": id_,
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "createdAt": now,
        "updatedAt": now,
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": service.desired_count,
        "failedTasks": 0,
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment {id_} in progress.",
    }


def _settled(deployment: dict[str, Any], state: str, reason: str) -> dict[str, Any]:
    return deployment | {"rolloutState": state, "rolloutStateReason": reason, "updatedAt": datetime.now(UTC)}
