"""Deployments and their tasks behind the API of ECS: with moto, a service runs whatever it is told to."""

from typing import Any, ClassVar

from moto.core.responses import ActionResult
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

from localaws.ecs import deployments, service_tasks
from localaws.ecs.scheduler import Scheduler
from localaws.ecs.service_tasks import BY_SCHEDULER, BY_USER, Task
from localaws.runner import Runner


class EcsApi(EC2ContainerServiceResponse):
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def create_service(self) -> ActionResult:
        answer = super().create_service()
        created: Any = answer.result
        self._deploy(created["service"])
        return answer

    def update_service(self) -> ActionResult:
        """A deployment is begun by another revision, or by force."""
        cluster, name = self._get_param("cluster", "default"), self._get_param("service").rpartition("/")[2]
        before = self.ecs_backend._get_service(cluster, name).task_definition
        answer = super().update_service()
        updated: Any = answer.result
        service = updated["service"]
        if self._get_param("forceNewDeployment") or service.task_definition != before:
            self._deploy(service)
        elif service.deployments:
            self._scheduler.scale(service)
        return answer

    def delete_service(self) -> ActionResult:
        answer = super().delete_service()
        deleted: Any = answer.result
        for task in service_tasks.wanted(deleted["service"]):
            self._scheduler.end(task, BY_SCHEDULER, "Service deleted")
        return answer

    def list_tasks(self) -> ActionResult:
        """Add the tasks of services to those that were run without one, which moto lists."""
        name = self._get_param("serviceName")
        listed: Any = super().list_tasks().result
        own = [task["taskArn"] for _, task in self._tasks() if self._lists(task)]
        return ActionResult({"taskArns": own if name else [*listed["taskArns"], *own]})

    def describe_tasks(self) -> ActionResult:
        """Add the tasks of services, and a failure for each task that does not exist."""
        described: Any = super().describe_tasks().result
        asked = {each.rpartition("/")[2]: each for each in self._get_param("tasks", [])}
        own = [task for _, task in self._tasks() if service_tasks.task_id(task) in asked]
        found = {service_tasks.task_id(task) for task in own} | {each.id for each in described["tasks"]}
        missing = [{"arn": arn, "reason": "MISSING"} for id_, arn in asked.items() if id_ not in found]
        return ActionResult({"tasks": [*described["tasks"], *own], "failures": missing})

    def stop_task(self) -> ActionResult:
        """The service scheduler replaces a task that is stopped by hand."""
        wanted = self._get_param("task").rpartition("/")[2]
        for service, task in self._tasks():
            if service_tasks.task_id(task) == wanted:
                self._scheduler.end(task, BY_USER, self._get_param("reason") or "Task stopped by user")
                self._scheduler.scale(service)
                return ActionResult({"task": task})
        return super().stop_task()

    @property
    def _scheduler(self) -> Scheduler:
        runner = self.runner
        return Scheduler(
            aws=runner.aws(self.region),
            turn=runner.state_lock,
            clock=runner.clock,
            backend=self.ecs_backend,
            send=runner.bus.put,
            failing=runner.failing,
            resolved=runner.resolved,
        )

    def _deploy(self, service: Service) -> None:
        if service.deployments:  # another controller than ECS has deployments of its own
            deployments.begin(self._scheduler, service)

    def _tasks(self) -> list[tuple[Service, Task]]:
        return service_tasks.in_cluster(self.ecs_backend, self._get_param("cluster", "default"))

    def _lists(self, task: Task) -> bool:
        """Whether ListTasks is asked for a task of a service.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
        """
        service = (self._get_param("serviceName") or "").rpartition("/")[2]
        family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
        return (
            task["desiredStatus"] == (self._get_param("desiredStatus") or "RUNNING")
            and service in ("", task["group"].partition(":")[2])
            and (self._get_param("family") or family) == family
            and (self._get_param("startedBy") or task["startedBy"]) == task["startedBy"]
            and (self._get_param("launchType") or task["launchType"]) == task["launchType"]
        )
