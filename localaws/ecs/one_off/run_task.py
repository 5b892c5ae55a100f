"""RunTask: one-off tasks on Fargate.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

from moto.ecs.models import TaskDefinition

from localaws.ecs import service_tasks
from localaws.ecs.one_off import refusals
from localaws.ecs.one_off.task import OneOffTask, of
from localaws.ecs.scheduler import Scheduler
from localaws.ecs.service_tasks import Task
from localaws.json_types import JsonObject


def run(scheduler: Scheduler, request: JsonObject) -> list[Task]:
    """Start the tasks of a request, and return them. A repeated request with the same client token starts none.

    The caller must hold the lock.

    Args:
        scheduler: The scheduler.
        request: The members of the request.

    Raises:
        ECSException: ECS refuses the request.
    """
    backend = scheduler.backend
    cluster = backend._get_cluster(request.get("cluster") or "default")
    definition = _definition(scheduler, request["taskDefinition"])
    refusals.check(backend, cluster, definition, request)
    token = request.get("clientToken")
    if earlier := [each.task for each in of(backend) if token and each.token == token]:
        return earlier
    placed = [_placed(definition, cluster.arn, request) for _ in range(request.get("count", 1))]
    for task in placed:
        OneOffTask(scheduler, task, token).launch()
    return placed


def _definition(scheduler: Scheduler, name: str) -> TaskDefinition:
    """Return a revision. The name of a family is its newest active revision."""
    family = name.rpartition("/")[2]
    revisions = scheduler.backend.task_definitions.get(family, {})
    active = [number for number, each in revisions.items() if each.status == "ACTIVE"]
    return scheduler.backend.describe_task_definition(f"{family}:{max(active)}" if active else name)


def _placed(definition: TaskDefinition, cluster_arn: str, request: JsonObject) -> Task:
    overrides = request.get("overrides") or {}
    by_name = {each["name"]: each for each in overrides.get("containerOverrides", [])}
    names = [each["name"] for each in definition.container_definitions]
    tags = definition.tags or [] if request.get("propagateTags") == "TASK_DEFINITION" else []
    members: JsonObject = {
        "enableExecuteCommand": bool(request.get("enableExecuteCommand")),
        "group": request.get("group") or f"family:{definition.family}",
        "overrides": overrides | {"containerOverrides": [{"name": name} | by_name.get(name, {}) for name in names]},
        "tags": [*tags, *(request.get("tags") or [])],
    }
    if started_by := request.get("startedBy"):
        members["startedBy"] = started_by
    if strategy := request.get("capacityProviderStrategy"):
        members["capacityProviderName"] = strategy[0]["capacityProvider"]
    return service_tasks.new_task(definition, cluster_arn=cluster_arn, launch_type="FARGATE", **members)
