"""ECS's API with deployments and tasks. In moto, deployments never run and services have no tasks."""

from datetime import UTC, datetime
from typing import ClassVar

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

from localaws.ecs import deployments, service_tasks
from localaws.ecs.exec import sessions
from localaws.ecs.one_off import run_task
from localaws.ecs.one_off.task import OneOffTask
from localaws.ecs.one_off.task import in_cluster as one_off_in_cluster
from localaws.ecs.scheduler import Scheduler
from localaws.ecs.service_tasks import BY_SCHEDULER, BY_USER, Task
from localaws.iam.sessions import session_of
from localaws.json_types import json_object
from localaws.runner import Runner


class EcsApi(EC2ContainerServiceResponse):
    """The operations of ECS.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html
    """

    runner: ClassVar[Runner]

    def register_task_definition(self) -> ActionResult:
        """Register a revision with its time and its caller. moto keeps neither."""
        answer = super().register_task_definition()
        session = session_of(self.get_access_key())
        registered_by = f"arn:aws:iam::{self.current_account}:root"
        if session:
            role = session.role_arn.rpartition("/")[2]
            registered_by = f"arn:aws:sts::{self.current_account}:assumed-role/{role}/{session.name}"
        definition = json_object(answer.result)["taskDefinition"]
        definition.registered_at, definition.registered_by = datetime.now(UTC), registered_by
        return answer

    def create_service(self) -> ActionResult:
        """Create a service and begin its first deployment."""
        answer = super().create_service()
        self._deploy(json_object(answer.result)["service"])
        return answer

    def update_service(self) -> ActionResult:
        """Update a service. A new revision or `forceNewDeployment` begins a deployment."""
        cluster, name = self._get_param("cluster", "default"), self._get_param("service").rpartition("/")[2]
        previous = self.ecs_backend._get_service(cluster, name).task_definition
        answer = super().update_service()
        service = json_object(answer.result)["service"]
        if self._get_param("forceNewDeployment") or service.task_definition != previous:
            self._deploy(service)
        elif service.deployments:
            self._scheduler.scale(service)
        return answer

    def delete_service(self) -> ActionResult:
        """Delete a service and stop its tasks."""
        answer = super().delete_service()
        for task in service_tasks.desired(json_object(answer.result)["service"]):
            self._scheduler.end(task, BY_SCHEDULER, "Service deleted")
        return answer

    def run_task(self) -> ActionResult:
        """Start one-off tasks. The tasks of moto run nothing."""
        return ActionResult({"tasks": run_task.run(self._scheduler, self._get_params()), "failures": []})

    def list_tasks(self) -> ActionResult:
        """List all tasks. moto lists only the tasks that do not belong to a service, and accepts all service names."""
        name = self._get_param("serviceName")
        listed = json_object(super().list_tasks().result)
        if name:
            self.ecs_backend._get_service(self._get_param("cluster", "default"), name)
        own = [task["taskArn"] for task in self._tasks() if self._is_listed(task)]
        return ActionResult({"taskArns": own if name else [*listed["taskArns"], *own]})

    def describe_tasks(self) -> ActionResult:
        """Describe tasks, including those of services. Return a failure for each task that does not exist."""
        described = json_object(super().describe_tasks().result)
        requested = {each.rpartition("/")[2]: each for each in self._get_param("tasks", [])}
        own = [task for task in self._tasks() if service_tasks.task_id(task) in requested]
        found = {service_tasks.task_id(task) for task in own} | {each.id for each in described["tasks"]}
        missing = [{"arn": arn, "reason": "MISSING"} for id_, arn in requested.items() if id_ not in found]
        return ActionResult({"tasks": [*described["tasks"], *own], "failures": missing})

    def stop_task(self) -> ActionResult:
        """Stop a task. If it belongs to a service, the service scheduler starts another task."""
        id_ = self._get_param("task").rpartition("/")[2]
        reason = self._get_param("reason") or "Task stopped by user"
        for one_off in self._one_off():
            if service_tasks.task_id(one_off.task) == id_:
                one_off.stop(reason)
                return ActionResult({"task": one_off.task})
        for service, task in self._of_services():
            if service_tasks.task_id(task) == id_:
                self._scheduler.end(task, BY_USER, reason)
                self._scheduler.scale(service)
                return ActionResult({"task": task})
        raise InvalidParameterException("The referenced task was not found.")

    def execute_command(self) -> ActionResult:
        """Begin a session with the agent in a container of a task."""
        if not self._get_param("interactive"):
            raise InvalidParameterException("Interactive is the only mode supported currently.")
        self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        id_ = self._get_param("task").rpartition("/")[2]
        tasks = [task for task in self._tasks() if service_tasks.task_id(task) == id_]
        if not tasks:
            raise InvalidParameterException("The task provided in the request was not found.")
        aws, name = self.runner.aws(self.region), self._get_param("container")
        return ActionResult(sessions.execute(aws, self.ecs_backend, tasks[0], name))

    @property
    def _scheduler(self) -> Scheduler:
        runner = self.runner
        return Scheduler(
            aws=runner.aws(self.region),
            lock=runner.state_lock,
            clock=runner.clock,
            backend=self.ecs_backend,
            send=runner.bus.put,
            failing=runner.failing,
            resolved=runner.resolved,
        )

    def _deploy(self, service: Service) -> None:
        if service.deployments:  # empty if the deployment controller is not ECS
            deployments.begin(self._scheduler, service)

    def _tasks(self) -> list[Task]:
        return [*(task for _, task in self._of_services()), *(each.task for each in self._one_off())]

    def _of_services(self) -> list[tuple[Service, Task]]:
        return service_tasks.in_cluster(self.ecs_backend, self._get_param("cluster", "default"))

    def _one_off(self) -> list[OneOffTask]:
        return one_off_in_cluster(self.ecs_backend, self._get_param("cluster", "default"))

    def _is_listed(self, task: Task) -> bool:
        """Return whether a task matches the filters of ListTasks.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
        """
        service = (self._get_param("serviceName") or "").rpartition("/")[2]
        family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
        return bool(
            task["desiredStatus"] == (self._get_param("desiredStatus") or "RUNNING")
            and (not service or task["group"] == f"service:{service}")
            and (self._get_param("family") or family) == family
            and (not self._get_param("startedBy") or task.get("startedBy") == self._get_param("startedBy"))
            and (self._get_param("launchType") or task["launchType"]) == task["launchType"]
        )
