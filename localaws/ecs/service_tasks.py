"""The tasks of a service, as DescribeTasks shows them, and what all tasks have in common.

AWS removes a stopped task after an hour. The local AWS keeps all tasks. A task here has no network
interface, so its attachments are empty.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

from datetime import UTC, datetime
from uuid import uuid4

from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import Service, TaskDefinition

from localaws.ecs.exec import agent
from localaws.json_types import JsonObject

Task = JsonObject
"""A task, with the members of AWS's data type `Task`."""

PENDING, RUNNING, STOPPED = "PENDING", "RUNNING", "STOPPED"
FAILED_TO_START, CONTAINER_EXITED, BY_SCHEDULER, BY_USER = (
    "TaskFailedToStart",
    "EssentialContainerExited",
    "ServiceSchedulerInitiated",
    "UserInitiated",
)


def of(service: Service) -> list[Task]:
    """Return all tasks of a service, oldest first."""
    kept: list[Task] = vars(service).setdefault("kept_tasks", [])
    return kept


def in_cluster(backend: Backend, cluster: str) -> list[tuple[Service, Task]]:
    """Return the tasks of all services of a cluster, each with its service."""
    name = cluster.rpartition("/")[2]
    services = [service for service in backend.services.values() if service.cluster_name == name]
    return [(service, task) for service in services for task in of(service)]


def desired(service: Service, deployment: str | None = None) -> list[Task]:
    """Return the tasks of a service, or of one of its deployments, with the desired status RUNNING, oldest first."""
    return [
        task for task in of(service) if task["desiredStatus"] == RUNNING and deployment in (None, task["startedBy"])
    ]


def count(service: Service, status: str, deployment: str | None = None) -> int:
    """Return the number of tasks with the given last status and the desired status RUNNING."""
    return sum(task["lastStatus"] == status for task in desired(service, deployment))


def place(service: Service, definition: TaskDefinition, deployment: str) -> Task:
    """Add a task of a revision to a service, for a deployment, and return the task."""
    task = new_task(
        definition,
        cluster_arn=service.cluster_arn,
        launch_type=service.launch_type,
        enableExecuteCommand=bool(getattr(service, "enable_execute_command", False)),
        group=f"service:{service.name}",
        startedBy=deployment,
    )
    of(service).append(task)
    return task


def new_task(definition: TaskDefinition, *, cluster_arn: str, launch_type: str | None, **members: object) -> Task:
    """Return a new task of a revision, which is pending.

    Args:
        definition: The task definition.
        cluster_arn: The ARN of the cluster.
        launch_type: The launch type.
        members: Further members of the task, such as `group`.
    """
    prefix, _, cluster = cluster_arn.partition(":cluster/")
    id_ = uuid4().hex
    task: Task = {
        "taskArn": f"{prefix}:task/{cluster}/{id_}",
        "attachments": [],
        "clusterArn": cluster_arn,
        "createdAt": datetime.now(UTC),
        "desiredStatus": RUNNING,
        "healthStatus": "UNKNOWN",
        "lastStatus": PENDING,
        "launchType": launch_type,
        "overrides": {"containerOverrides": [{"name": each["name"]} for each in definition.container_definitions]},
        "tags": [],
        "taskDefinitionArn": definition.arn,
        "version": 1,
    }
    task |= {name: str(size) for name in ("cpu", "memory") if (size := getattr(definition, name))} | members
    if launch_type == "FARGATE":
        task |= {"platformFamily": "Linux", "platformVersion": "1.4.0"}
    task["containers"] = [_container(each, task["taskArn"], cluster) for each in definition.container_definitions]
    return task


def _container(definition: JsonObject, task_arn: str, cluster: str) -> JsonObject:
    prefix, _, task = task_arn.partition(":task/")
    return {
        "containerArn": f"{prefix}:container/{cluster}/{task.rpartition('/')[2]}/{uuid4()}",
        "taskArn": task_arn,
        "name": definition["name"],
        "image": definition["image"],
        "lastStatus": PENDING,
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
        "cpu": str(definition.get("cpu", 0)),
    } | {name: str(definition[name]) for name in ("memory", "memoryReservation") if name in definition}


def run(task: Task, definition: TaskDefinition, digests: dict[str, str]) -> None:
    """Let the containers of a task run.

    A container with a health check becomes healthy at once. A task is healthy if all essential containers are healthy.

    Args:
        task: The task to run.
        definition: The task definition of the task.
        digests: The digests of the images from ECR, by the names in the task definition.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    now = datetime.now(UTC)
    checked = [each["name"] for each in definition.container_definitions if "healthCheck" in each]
    for container in task["containers"]:
        health = "HEALTHY" if container["name"] in checked else "UNKNOWN"
        container |= {"lastStatus": RUNNING, "runtimeId": f"{task_id(task)}-{uuid4().int % 10**10:010}"}
        container["healthStatus"] = health
        if container["image"] in digests:
            container["imageDigest"] = digests[container["image"]]
        if task.get("enableExecuteCommand"):
            [of_container] = [each for each in definition.container_definitions if each["name"] == container["name"]]
            agent.start(container, of_container, now)
    times = dict.fromkeys(("connectivityAt", "pullStartedAt", "pullStoppedAt", "startedAt"), now)
    task |= {"lastStatus": RUNNING, "connectivity": "CONNECTED", **times, "version": task["version"] + 1}
    essential = [each["name"] for each in definition.container_definitions if each.get("essential", True)]
    task["healthStatus"] = "HEALTHY" if {*essential} <= {*checked} else "UNKNOWN"


def stop(task: Task, code: str, reason: str) -> None:
    """Stop a task and its containers. A running container exits with the code 0.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    now = datetime.now(UTC)
    for container in task["containers"]:
        if container["lastStatus"] == RUNNING:
            container["exitCode"] = container.get("exitCode", 0)
        container["lastStatus"] = STOPPED
        agent.stop(container)
    times = dict.fromkeys(("stoppingAt", "executionStoppedAt", "stoppedAt"), now)
    task |= {"desiredStatus": STOPPED, "lastStatus": STOPPED, **times, "version": task["version"] + 1}
    task |= {"stopCode": code, "stoppedReason": reason}


def task_id(task: Task) -> str:
    """Return the last part of a task's ARN."""
    return str(task["taskArn"].rpartition("/")[2])
