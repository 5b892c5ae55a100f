"""Rolling deployments of ECS, with the deployment circuit breaker.

A deployment starts tasks of the service's current revision, and stops the other tasks. If the new tasks fail, the
circuit breaker ends the deployment and can roll the service back.

In moto, a deployment either stays in progress or is complete at once. In the local AWS, only the waits of a deployment
take time, such as the wait between two attempts to start tasks. These waits end earlier if a caller moves the clock of
the local AWS ahead.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

import logging
import math
from collections.abc import Iterator
from threading import Thread

from moto.ecs.models import Service

from localaws.ecs import events, health_checks, service_events, service_tasks, tasks
from localaws.ecs.deployment_state import (
    COMPLETED,
    FAILED,
    completed_deployments,
    ended,
    new_deployment,
    rolled_back_to,
)
from localaws.ecs.events import ERROR, INFO, WARN
from localaws.ecs.health_checks import FailedCheck
from localaws.ecs.scheduler import Scheduler
from localaws.ecs.service_tasks import BY_SCHEDULER, CONTAINER_EXITED, FAILED_TO_START, RUNNING, STOPPED, Task
from localaws.json_types import JsonObject

ROLLING_BACK = "ECS deployment circuit breaker: rolling back to deploymentId"

FAILURES_AT_ONCE = 3
"""The number of failed tasks after which ECS waits before it starts the next task."""
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 60.0, 900.0


def begin(scheduler: Scheduler, service: Service) -> None:
    """Begin a deployment of the revision in `service.task_definition`.

    The caller must hold the scheduler's lock. Each request to the local AWS holds this lock.
    """
    deployment = new_deployment(service)
    deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} in progress."
    service.deployments = [deployment, *completed_deployments(service)]
    _Rollout(scheduler, service, deployment).launch()


class _Rollout:
    """The rollout of one deployment.

    The rollout holds the scheduler's lock whenever it changes the service. After another deployment has begun, the
    rollout changes nothing.
    """

    def __init__(self, scheduler: Scheduler, service: Service, deployment: JsonObject) -> None:
        self._scheduler = scheduler
        self._service = service
        self._deployment = deployment
        self._id: str = deployment["id"]
        self._images = scheduler.resolved.setdefault(self._id, {})

    def launch(self) -> None:
        """Start a thread that starts the tasks and ends the deployment."""
        self._send(INFO, "SERVICE_DEPLOYMENT_IN_PROGRESS", self._deployment)
        Thread(target=self._run, name=f"deployment {self._id}", daemon=True).start()

    def _run(self) -> None:
        try:
            for seconds in self._rounds():
                self._scheduler.clock.sleep(seconds)
        except Exception as error:
            logging.exception("deployment %s: the local AWS failed", self._id)
            with self._scheduler.lock:
                if self._is_current():
                    failed = ended(self._deployment, FAILED, f"The local AWS failed: {error!r}")
                    self._service.deployments = [failed, *self._service.deployments[1:]]

    def _rounds(self) -> Iterator[float]:
        """Start missing tasks until all tasks run or the deployment ends. Yield the seconds that the caller must wait.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
        """
        seconds = FIRST_WAIT_SECONDS
        while placed := self._place():
            for task in placed:
                self._start(task)
            if checks := health_checks.failed(self._scheduler, self._service, placed):
                yield max(check.seconds for _, check in checks)
                self._stop_unhealthy(checks)
            codes = {task.get("stopCode") for task in placed}
            with self._scheduler.lock:
                failed = codes & {FAILED_TO_START, CONTAINER_EXITED}
                if not failed or self._deployment["failedTasks"] < FAILURES_AT_ONCE or not self._is_current():
                    continue
            # ECS throttles only tasks that fail to start. This wait represents the time that a start takes on AWS.
            if FAILED_TO_START not in codes:
                yield FIRST_WAIT_SECONDS
                continue
            with self._scheduler.lock:
                service_events.add(self._service, "is unable to consistently start tasks successfully.")
                self._scheduler.send(events.service_action(self._service, WARN, "SERVICE_TASK_START_IMPAIRED"))
            yield seconds
            seconds = min(2 * seconds, LONGEST_WAIT_SECONDS)

    def _place(self) -> list[Task]:
        """Place the missing tasks and return them. Complete the deployment if no task is missing."""
        with self._scheduler.lock:
            if not self._is_current():
                return []
            placed = self._scheduler.place(self._service, self._id, self._deployment["taskDefinition"])
            if not placed:
                self._complete()
            self._scheduler.count(self._service)
            return placed

    def _start(self, task: Task) -> None:
        """Start a placed task, unless a request has stopped it."""
        if task["desiredStatus"] != RUNNING:
            return
        failure, digests = "", {}
        try:
            revision, id_ = task["taskDefinitionArn"], service_tasks.task_id(task)
            failing = self._scheduler.failing
            digests = tasks.start(self._scheduler.aws, revision, id_, resolved=self._images, failing=failing)
        except tasks.TaskFailedError as error:
            failure = str(error)
        with self._scheduler.lock:
            if not self._is_current() or task["desiredStatus"] != RUNNING:
                return
            if failure:
                self._scheduler.end(task, FAILED_TO_START, failure)
                self._report_failure(failure)
                self._count_failure()
            else:
                self._images |= digests
                self._scheduler.run(self._service, task, digests)
                self._exit(task)
            self._scheduler.count(self._service)

    def _exit(self, task: Task) -> None:
        """Let the containers exit that have an exit code in `failing`. Stop the task if one of them is essential.

        ECS gives a reason for a container only if the exit code does not say enough, as after a lack of memory.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
        """
        exited = [
            (container, failure)
            for container, failure in self._scheduler.failing.among(task["containers"])
            if failure.exit_code is not None
        ]
        for container, failure in exited:
            container |= {"lastStatus": STOPPED, "exitCode": failure.exit_code}
            container |= {"reason": failure.reason} if failure.reason else {}
        if any(self._scheduler.definition(task, container)["essential"] for container, _ in exited):
            self._scheduler.end(task, CONTAINER_EXITED, "Essential container in task exited")
            service_events.deregistered(self._service, [task])
            self._count_failure()

    def _stop_unhealthy(self, checks: list[tuple[Task, FailedCheck]]) -> None:
        with self._scheduler.lock:
            for task, check in checks:
                if not self._is_current() or task["desiredStatus"] != RUNNING:
                    continue
                for container in task["containers"]:
                    if container["name"] == check.container:
                        container["healthStatus"] = task["healthStatus"] = "UNHEALTHY"
                service_events.add(self._service, f"(task {service_tasks.task_id(task)}) {check.message}")
                self._scheduler.end(task, BY_SCHEDULER, check.reason)
                service_events.deregistered(self._service, [task])
                service_events.stopped(self._service, [task])
                self._count_failure()
            if self._is_current():
                self._scheduler.count(self._service)

    def _report_failure(self, reason: str) -> None:
        service_events.add(self._service, f"was unable to place a task. Reason: {reason}")
        misconfigured = reason.startswith("ECS was unable to assume the role")
        name = "SERVICE_TASK_CONFIGURATION_FAILURE" if misconfigured else "SERVICE_TASK_PLACEMENT_FAILURE"
        self._scheduler.send(events.service_action(self._service, ERROR, name, reason=reason))

    def _send(self, kind: str, name: str, deployment: JsonObject) -> None:
        self._scheduler.send(events.deployment_state_change(self._service, kind, name, deployment))

    def _is_current(self) -> bool:
        return self._service.deployments[0] is self._deployment and self._service.status == "ACTIVE"

    def _complete(self) -> None:
        service = self._service
        others = [task for task in service_tasks.desired(service) if task["startedBy"] != self._id]
        self._scheduler.stop(service, others, self._id)
        failed = [each for each in service.deployments[1:] if each["rolloutState"] == FAILED]
        done = ended(self._deployment, COMPLETED, f"ECS deployment {self._id} completed.")
        service.deployments = [done, *failed]
        service_events.add(service, f"(deployment {self._id}) deployment completed.")
        self._send(INFO, "SERVICE_DEPLOYMENT_COMPLETED", done)
        service_events.add(service, "has reached a steady state.")
        self._scheduler.send(events.service_action(service, INFO, "SERVICE_STEADY_STATE"))

    def _count_failure(self) -> None:
        """Count a failed task. At the threshold, the circuit breaker ends the deployment.

        The circuit breaker acts only if it is enabled, and it never ends a roll-back.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        """
        self._deployment["failedTasks"] += 1
        breaker = getattr(self._service, "deployment_configuration", {}).get("deploymentCircuitBreaker", {})
        rolls_back = self._deployment["rolloutStateReason"].startswith(ROLLING_BACK)
        enough = self._deployment["failedTasks"] >= _threshold(self._service)
        if breaker.get("enable") and enough and not rolls_back:
            self._fail(roll_back=bool(breaker.get("rollback")))

    def _fail(self, *, roll_back: bool) -> None:
        service, earlier = self._service, completed_deployments(self._service)
        service_events.add(service, f"(deployment {self._id}) deployment failed: tasks failed to start.")
        failed = ended(self._deployment, FAILED, "ECS deployment circuit breaker: tasks failed to start.")
        self._send(ERROR, "SERVICE_DEPLOYMENT_FAILED", failed)
        service.deployments = [failed, *earlier]
        self._scheduler.stop(service, service_tasks.desired(service, self._id), self._id)
        if roll_back and earlier:
            service.task_definition = str(earlier[0]["taskDefinition"])
            back = rolled_back_to(earlier[0])
            back["rolloutStateReason"] = f"{ROLLING_BACK} {back['id']}."
            service.deployments = [back, failed | {"status": "ACTIVE"}, *earlier[1:]]
            service_events.add(service, f"rolling back to deployment {back['id']}.")
            _Rollout(self._scheduler, service, back).launch()


def _threshold(service: Service) -> int:
    """Return the number of failed tasks at which the circuit breaker ends the deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentCircuitBreaker.html
    """
    return min(max(math.ceil(service.desired_count / 2), 3), 200)
