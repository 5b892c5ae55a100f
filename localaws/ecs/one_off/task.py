"""A one-off task, which RunTask starts. It runs the commands that override those of its containers.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html
"""

import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from threading import Thread

from moto.ecs.models import EC2ContainerServiceBackend as Backend

from localaws.ecs import events, service_tasks, tasks
from localaws.ecs.containers.command import CannotStartError, Command
from localaws.ecs.scheduler import Scheduler
from localaws.ecs.service_tasks import BY_USER, CONTAINER_EXITED, FAILED_TO_START, RUNNING, STOPPED, Task
from localaws.ecs.tasks import Container, TaskFailedError
from localaws.json_types import JsonObject

STOP_SECONDS = 30
"""The default time between SIGTERM and SIGKILL.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""
OF_THIS_MACHINE = {"PATH", "HOME"}
"""The variables of the image that a command does not get, because it does not run in the file system of the image."""


def of(backend: Backend) -> list["OneOffTask"]:
    """Return the one-off tasks of all clusters, oldest first."""
    kept: list[OneOffTask] = vars(backend).setdefault("one_off_tasks", [])
    return kept


def in_cluster(backend: Backend, cluster: str) -> list["OneOffTask"]:
    """Return the one-off tasks of a cluster, by its name or its ARN."""
    name = cluster.rpartition("/")[2]
    return [each for each in of(backend) if each.task["clusterArn"].endswith(f"/{name}")]


class OneOffTask:
    """A task that RunTask has started.

    Args:
        scheduler: Has the clients, the lock and the event bus.
        task: The task as DescribeTasks shows it, with the overrides of all containers.
        token: The client token of the request.
    """

    def __init__(self, scheduler: Scheduler, task: Task, token: str | None) -> None:
        self.task = task
        self.token = token
        self._scheduler = scheduler
        self._overrides: dict[str, JsonObject] = {
            each["name"]: each for each in task["overrides"]["containerOverrides"]
        }
        self._news: SimpleQueue[str | None] = SimpleQueue()
        """The names of the containers whose commands have ended, and None after a request to stop the task."""

    def launch(self) -> None:
        """Start a thread that runs the task. The caller must hold the lock."""
        of(self._scheduler.backend).append(self)
        self._count("PENDING", 1)
        self._scheduler.send(events.task_state_change(self.task))
        Thread(target=self._run, name=f"task {service_tasks.task_id(self.task)}", daemon=True).start()

    def stop(self, reason: str) -> None:
        """Stop the task, as StopTask does. The caller must hold the lock."""
        if self.task["desiredStatus"] != STOPPED:
            now = datetime.now(UTC)
            self.task |= {"desiredStatus": STOPPED, "stopCode": BY_USER, "stoppedReason": reason, "stoppingAt": now}
            self._scheduler.send(events.task_state_change(self.task))
            self._news.put(None)

    def _run(self) -> None:
        try:
            self._run_containers()
        except TaskFailedError as error:
            self._end(FAILED_TO_START, str(error))
        except Exception as error:
            logging.exception("task %s: the local AWS failed", service_tasks.task_id(self.task))
            self._end(FAILED_TO_START, f"The local AWS failed: {error!r}")

    def _run_containers(self) -> None:
        scheduler, id_ = self._scheduler, service_tasks.task_id(self.task)
        answer = scheduler.aws.client("ecs").describe_task_definition(taskDefinition=self.task["taskDefinitionArn"])
        roles = {name: arn for name, arn in self.task["overrides"].items() if name.endswith("RoleArn")}
        run_here = [name for name, each in self._overrides.items() if each.get("command")]
        definition = answer["taskDefinition"] | roles
        containers = tasks.prepare(scheduler.aws, definition, id_, resolved={}, run_here=run_here)
        if self.task["desiredStatus"] == STOPPED:
            self._end(self.task["stopCode"], self.task["stoppedReason"])
            return
        running = self._start(containers)
        with scheduler.lock:
            model = scheduler.backend.describe_task_definition(self.task["taskDefinitionArn"])
            desired = self.task["desiredStatus"]
            service_tasks.run(self.task, model, tasks.digests(containers))
            self.task["desiredStatus"] = desired
            self._count("PENDING", -1)
            self._count("RUNNING", 1)
            scheduler.send(events.task_state_change(self.task))
        code, reason = self._until_over(running)
        self._terminate(running)
        self._end(code, reason)

    def _start(self, containers: Iterable[Container]) -> dict[str, Command]:
        """Start the commands that override those of the containers, and return the commands by container."""
        running: dict[str, Command] = {}
        for container in containers:
            name = container.definition["name"]
            command = self._overrides[name].get("command")
            if not command:
                container.note_not_run(self._scheduler.failing)
                continue
            try:
                running[name] = Command(
                    command,
                    variables=_variables(container, self._overrides[name]),
                    write=container.log.write if container.log else lambda _lines: None,
                    ended=partial(self._news.put, name),
                )
            except CannotStartError as error:
                for each in running.values():
                    each.kill()
                raise tasks.cannot_start(str(error)) from None
        return running

    def _until_over(self, running: dict[str, Command]) -> tuple[str, str]:
        """Wait until an essential container has ended, or a request stops the task. Return the stop code and reason."""
        while (name := self._news.get()) is not None:
            [container] = [each for each in self.task["containers"] if each["name"] == name]
            with self._scheduler.lock:
                container |= {"lastStatus": STOPPED, "exitCode": running[name].exit_code}
            if self._scheduler.definition(self.task, container)["essential"]:
                return CONTAINER_EXITED, "Essential container in task exited"
        return self.task["stopCode"], self.task["stoppedReason"]

    def _terminate(self, running: dict[str, Command]) -> None:
        """End all commands: with SIGTERM, and with SIGKILL after the stop time-out of the container."""
        began = time.monotonic()
        containers = {each["name"]: each for each in self.task["containers"] if each["lastStatus"] == RUNNING}
        for name in containers.keys() & running.keys():
            running[name].terminate()
        for name in containers.keys() & running.keys():
            definition = self._scheduler.definition(self.task, containers[name])
            allowed = definition.get("stopTimeout", STOP_SECONDS)
            if not running[name].wait(began + allowed - time.monotonic()):
                running[name].kill()
                running[name].wait(STOP_SECONDS)
            with self._scheduler.lock:
                containers[name] |= {"lastStatus": STOPPED, "exitCode": running[name].exit_code}

    def _end(self, code: str, reason: str) -> None:
        with self._scheduler.lock:
            self._count(self.task["lastStatus"], -1)
            self._scheduler.end(self.task, code, reason)

    def _count(self, status: str, number: int) -> None:
        """Change the number of pending or running tasks of the cluster."""
        backend = self._scheduler.backend
        cluster = backend._get_cluster(self.task["clusterArn"])
        backend.update_cluster_resources(cluster, number, status)


def _variables(container: Container, override: JsonObject) -> dict[str, str]:
    """Return the variables of a container. A secret replaces a variable, and the override a variable of the revision.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
    """
    own = (container.image.config.get("config") or {}).get("Env") or [] if container.image else []
    of_image = dict(each.split("=", 1) for each in own if "=" in each)
    given = [*container.definition.get("environment", []), *override.get("environment", [])]
    return (
        {name: value for name, value in of_image.items() if name not in OF_THIS_MACHINE}
        | {each["name"]: each["value"] for each in given}
        | container.secrets
    )
