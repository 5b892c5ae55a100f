"""The service scheduler of ECS, which starts and stops the tasks of services.

moto only counts the tasks of a service.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import Service

from localaws.clock import Clock
from localaws.ecs import events, service_events, service_tasks
from localaws.ecs.failing_containers import FailingContainers
from localaws.ecs.service_tasks import BY_SCHEDULER, PENDING, RUNNING, Task
from localaws.elbv2 import targets
from localaws.iam.roles import Aws
from localaws.json_types import JsonObject


@dataclass(frozen=True)
class Scheduler:
    """The service scheduler of one account and region. Callers of its methods must hold the lock."""

    aws: Aws
    lock: RLock
    """The lock on moto's state. Every request holds this lock."""
    clock: Clock
    backend: Backend
    send: Callable[[JsonObject], None]
    """The function that puts an event on the event bus."""
    failing: FailingContainers
    resolved: dict[str, dict[str, str]]
    """The digests to which each deployment resolved its images, by the deployment's id.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability
    """

    def scale(self, service: Service) -> None:
        """Start or stop tasks until a service has the desired number of tasks, unless a deployment is in progress.

        New tasks run at once, because other tasks of their revision have started before.
        """
        primary: JsonObject = service.deployments[0]
        if primary["rolloutState"] == "COMPLETED":
            tasks = service_tasks.desired(service)
            for task in self.place(service, primary["id"], primary["taskDefinition"]):
                self.run(service, task, self.resolved.get(primary["id"], {}))
            self.stop(service, tasks[: max(len(tasks) - service.desired_count, 0)], primary["id"])
        self.count(service)

    def place(self, service: Service, deployment: str, revision: str) -> list[Task]:
        """Place the missing tasks of a deployment, and return them."""
        definition = self.backend.describe_task_definition(revision)
        missing = service.desired_count - len(service_tasks.desired(service, deployment))
        placed = [service_tasks.place(service, definition, deployment) for _ in range(missing)]
        for task in placed:
            self.send(events.task_state_change(task))
        if placed:
            service_events.started(service, placed)
        return placed

    def run(self, service: Service, task: Task, digests: dict[str, str]) -> None:
        """Let a placed task run. `digests` has the digests of its images, by the names in the task definition."""
        service_tasks.run(task, self.backend.describe_task_definition(task["taskDefinitionArn"]), digests)
        failures = self.failing.among(task["containers"])
        for container, _ in failures:
            container["healthStatus"] = task["healthStatus"] = "UNKNOWN"
        self.send(events.task_state_change(task))
        failing = {container["name"] for container, failure in failures if failure.exit_code is None}
        targets.register(service, task, failing)
        service_events.registered(service, [task])

    def stop(self, service: Service, stopping: list[Task], deployment: str) -> None:
        """Stop tasks that a deployment does not need."""
        if not stopping:
            return
        running = [task for task in stopping if task["lastStatus"] == RUNNING]
        for task in stopping:
            self.end(task, BY_SCHEDULER, f"Scaling activity initiated by (deployment {deployment})")
        if running:
            service_events.deregistered(service, running)
        service_events.stopped(service, stopping)

    def end(self, task: Task, code: str, reason: str) -> None:
        """Stop one task with a stop code and a reason."""
        service_tasks.stop(task, code, reason)
        for service in self.backend.services.values():
            if task in service_tasks.of(service):
                targets.deregister(service, task)
        self.send(events.task_state_change(task))

    def definition(self, task: Task, container: JsonObject) -> JsonObject:
        """Return the container definition of a container."""
        definitions = self.backend.describe_task_definition(task["taskDefinitionArn"]).container_definitions
        [found] = [each for each in definitions if each["name"] == container["name"]]
        return {"essential": True, **found}

    def count(self, service: Service) -> None:
        """Update the task counts of a service, its deployments and its cluster."""
        cluster = self.backend._get_cluster(service.cluster_name)
        running, pending = (service_tasks.count(service, status) for status in (RUNNING, PENDING))
        self.backend.update_cluster_resources(cluster, running - service.running_count, "RUNNING")
        self.backend.update_cluster_resources(cluster, pending - service.pending_count, "PENDING")
        service.running_count, service.pending_count = running, pending
        deployments: list[JsonObject] = service.deployments
        for deployment in deployments:
            for name, status in (("runningCount", RUNNING), ("pendingCount", PENDING)):
                deployment[name] = service_tasks.count(service, status, deployment["id"])
        deployments[0]["desiredCount"] = service.desired_count
