"""Tests of the verdict: what is wrong, and a control group of systems that are healthy, slow or only unusual."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from operations.commands.why import symptoms
from operations.commands.why import verdict as verdicts
from operations.system.certificate import Certificate
from operations.system.database import Database
from operations.system.deployments import Event
from operations.system.load_balancer import Target
from operations.system.pipeline import Stage
from tests.support.ops.incidents import (
    BEGAN,
    DEPLOYMENT,
    EXECUTION,
    NOW,
    SERVICE,
    STAGES,
    TASK,
    evidence,
    rollout,
    stopped,
)

MINUTE = timedelta(minutes=1)
REPLACED = replace(
    stopped("Essential container in task exited", "EssentialContainerExited", exit_code=1),
    started_by="ecs-svc/7",
    revision="shop-dev:7",
)
DATABASE = Database("available", "postgres 17.4", "db.t4g.micro", "arn:secret", 5432, ("sg-db",))
NEW = replace(EXECUTION, id="e8", started=NOW - 5 * MINUTE, changed=NOW)
STARTING = replace(
    TASK, id="t8", started_by="ecs-svc/8", revision="shop-dev:8", status="PENDING", created=NOW - MINUTE, started=None
)
FAILED_BEFORE = replace(EXECUTION, id="e6", status="Failed", started=BEGAN - MINUTE)

CONTROL: dict[str, tuple[str, dict[str, Any]]] = {
    "healthy": ("healthy", {}),
    "tasks that start": ("in progress", {"service": rollout(), "tasks": [STARTING, TASK]}),
    "tasks that wait for health checks": (
        "in progress",
        {
            "service": rollout(),
            "tasks": [replace(STARTING, status="RUNNING", started=NOW - 0.5 * MINUTE), TASK],
            "targets": [Target("10.0.0.8", 3000, "unhealthy", "Target.FailedHealthChecks", "Health checks failed")],
        },
    ),
    "an execution in progress": ("in progress", {"executions": [replace(NEW, status="InProgress"), EXECUTION]}),
    "an older failure": ("healthy", {"executions": [EXECUTION, FAILED_BEFORE]}),
    "a superseded execution": ("healthy", {"executions": [replace(NEW, status="Superseded"), EXECUTION]}),
    "a scale-in": (
        "healthy",
        {"tasks": [TASK, stopped("Scaling activity initiated by (deployment 7)", "ServiceSchedulerInitiated")]},
    ),
    "a task that a person stopped": ("healthy", {"tasks": [TASK, stopped("Task stopped by user", "UserInitiated")]}),
    "a desired count of 0": ("healthy", {"service": replace(SERVICE, desired_count=0, running_count=0), "tasks": []}),
    "a replaced task": ("healthy", {"tasks": [TASK, REPLACED]}),
    "tasks that failed long ago": (
        "healthy",
        {"tasks": [TASK, *(replace(REPLACED, id=each, stopped=NOW - 40 * MINUTE) for each in "abc")]},
    ),
    "tasks that failed in the deployment before this one": (
        "healthy",
        {
            "service": replace(SERVICE, deployments=(replace(DEPLOYMENT, created=NOW - 2 * MINUTE),)),
            "tasks": [TASK, *(replace(REPLACED, id=each, stopped=NOW - 5 * MINUTE) for each in "abc")],
        },
    ),
    "a scale-out after a deployment that failed": (
        "in progress",
        {
            "service": replace(
                SERVICE,
                deployments=(replace(DEPLOYMENT, created=NOW - 30 * MINUTE),),
                desired_count=2,
                pending_count=1,
            ),
            "tasks": [TASK, replace(REPLACED, stopped=NOW - 40 * MINUTE)],
        },
    ),
    "a deployment whose first task failed and was replaced": (
        "in progress",
        {
            "service": replace(
                SERVICE,
                deployments=(replace(rollout().primary, running_count=1), replace(DEPLOYMENT, status="ACTIVE")),
            ),
            "tasks": [replace(STARTING, status="RUNNING", started=NOW), stopped("CannotPullContainerError: EOF"), TASK],
        },
    ),
    "a manual roll-back": (
        "healthy",
        {"service": replace(SERVICE, deployments=(replace(DEPLOYMENT, revision="shop-dev:5", created=NOW),))},
    ),
    "a disabled transition": (
        "healthy",
        {"stages": [*STAGES[:2], Stage("Deploy", "Succeeded", "e7", BEGAN, "", "a freeze")]},
    ),
    "a backup": ("healthy", {"database": replace(DATABASE, status="backing-up")}),
    "a draining target": (
        "healthy",
        {"targets": [Target("1", 3000, "healthy", "", ""), Target("2", 3000, "draining", "", "")]},
    ),
    "a task that starts": (
        "in progress",
        {"service": replace(SERVICE, running_count=0, pending_count=1), "tasks": [replace(STARTING, started_by="7")]},
    ),
}


@pytest.mark.parametrize(("verdict", "parts"), CONTROL.values(), ids=CONTROL)
def test_a_system_that_works_is_not_called_broken(verdict: str, parts: dict[str, Any]) -> None:
    assert verdicts.find(evidence(**parts)).verdict == verdict


UNHEALTHY = Target("10.0.0.7", 3000, "unhealthy", "Target.Timeout", "Request timed out")
FAILED = replace(
    DEPLOYMENT, id="ecs-svc/8", revision="shop-dev:8", status="ACTIVE", rollout_state="FAILED", created=NOW - 9 * MINUTE
)
BACK = replace(DEPLOYMENT, id="ecs-svc/9", created=NOW - 2 * MINUTE)
CANNOT_PLACE = Event(NOW - MINUTE, "(service shop-dev) was unable to place a task. Reason: Capacity is unavailable.")

WRONG: dict[str, tuple[str, str, dict[str, Any]]] = {
    "failed tasks": (
        "not healthy",
        "the tasks of shop-dev:8 fail; 0 of 1 new tasks run",
        {"service": rollout(), "tasks": [stopped("CannotPullContainerError: x"), TASK]},
    ),
    "no capacity": (
        "not healthy",
        "the tasks of shop-dev:8 fail; 0 of 1 new tasks run",
        {
            "service": replace(
                rollout(), events=(CANNOT_PLACE, Event(BEGAN, "(service shop-dev) has reached a steady state."))
            )
        },
    ),
    "a roll-back that is complete": (
        "failed",
        "the deployment of shop-dev:8 has failed, and ECS rolled back to shop-dev:7; 1 of 1 tasks run",
        {"service": replace(SERVICE, deployments=(BACK, FAILED)), "tasks": [TASK, stopped("x")]},
    ),
    "a roll-back of a deployment without a change": (
        "failed",
        "the deployment of shop-dev:7 has failed, and ECS rolled back to shop-dev:7; 1 of 1 tasks run",
        {"service": replace(SERVICE, deployments=(DEPLOYMENT, replace(FAILED, revision="shop-dev:7")))},
    ),
    "a roll-back in progress without the failed deployment": (
        "failed",
        "a deployment has failed, and ECS rolls back to shop-dev:7; 1 of 1 tasks run",
        {
            "service": replace(
                SERVICE,
                deployments=(replace(BACK, rollout_state="IN_PROGRESS", rollout_reason="rolling back to 9."),),
            ),
            "tasks": [stopped("x"), TASK],
        },
    ),
    "a deployment without a roll-back": (
        "not healthy",
        "the deployment of shop-dev:8 has failed; 1 of 1 tasks run",
        {"service": replace(SERVICE, deployments=(replace(FAILED, status="PRIMARY"),))},
    ),
    "too few tasks": (
        "not healthy",
        "0 of 1 tasks of shop-dev:7 run",
        {"service": replace(SERVICE, running_count=0), "tasks": [REPLACED]},
    ),
    "tasks that fail again and again": (
        "not healthy",
        "1 of 1 tasks of shop-dev:7 run, but 3 tasks failed in the last 15 minutes",
        {"tasks": [TASK, *(replace(REPLACED, id=each) for each in "abc")]},
    ),
    "a task that fails each ten minutes": (
        "not healthy",
        "1 of 1 tasks of shop-dev:7 run, but 4 tasks failed in the last hour",
        {"tasks": [TASK, *(replace(REPLACED, id=f"t{each}", stopped=NOW - each * MINUTE) for each in (9, 19, 29, 39))]},
    ),
    "unhealthy targets": (
        "not healthy",
        "1 of 1 tasks of shop-dev:7 run, but 1 of 1 targets of the load balancer are unhealthy",
        {"targets": [UNHEALTHY]},
    ),
    "an unhealthy container": (
        "not healthy",
        "1 of 1 tasks of shop-dev:7 run, but the container of 1 tasks fails its health check",
        {"tasks": [replace(TASK, health="UNHEALTHY")]},
    ),
    "a failed execution": (
        "failed",
        "execution e8 is Failed",
        {"executions": [replace(NEW, status="Failed"), EXECUTION]},
    ),
    "a stage that failed, without the executions": (
        "failed",
        "execution e8 is Failed",
        {"executions": None, "stages": [Stage("Source", "Failed", "e8", NOW, "gone", ""), *STAGES[1:]]},
    ),
    "a disabled transition that holds an execution": (
        "failed",
        "execution e8 waits for the stage Deploy",
        {
            "executions": [replace(NEW, status="InProgress"), EXECUTION],
            "stages": [Stage("Deploy", "Succeeded", "e7", BEGAN, "", "a freeze", ("e8",))],
        },
    ),
    "a certificate that is not issued": (
        "not healthy",
        "the certificate of shop.example.com is PENDING_VALIDATION",
        {"certificate": Certificate("shop.example.com", "PENDING_VALIDATION", None)},
    ),
    "a stopped database": (
        "not healthy",
        "the database is stopped",
        {"database": replace(DATABASE, status="stopped")},
    ),
}


@pytest.mark.parametrize(("verdict", "text", "parts"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(verdict: str, text: str, parts: dict[str, Any]) -> None:
    found = verdicts.find(evidence(**parts))

    assert (found.verdict, found.text) == (verdict, text)
    assert found.is_wrong


def test_the_tasks_of_the_failed_deployment_belong_to_a_roll_back() -> None:
    bad = stopped("CannotPullContainerError: x")
    found = verdicts.find(evidence(service=replace(SERVICE, deployments=(BACK, FAILED)), tasks=[TASK, REPLACED, bad]))

    assert found.tasks == (bad,)
    assert found.revision == "shop-dev:8"


def test_a_roll_back_to_the_same_revision_has_only_the_tasks_of_the_newest_failure() -> None:
    """A deployment without a change fails, for example because its image was deleted. Earlier failures are over."""
    earlier = stopped("ResourceInitializationError: another cause", id="t6", started_by="ecs-svc/6")
    bad = stopped("CannotPullContainerError: x", revision="shop-dev:7")
    back = replace(BACK, rollout_state="IN_PROGRESS", rollout_reason="rolling back to deploymentId ecs-svc/9.")
    own = stopped("CannotPullContainerError: x", id="t9", revision="shop-dev:7", started_by="ecs-svc/9")
    old = Event(earlier.created - 5 * MINUTE, "(service shop-dev) was unable to place a task. Reason: another cause")
    service = replace(SERVICE, deployments=(back, replace(FAILED, revision="shop-dev:7")), events=(CANNOT_PLACE, old))
    given = evidence(service=service, tasks=[own, bad, earlier])
    found = verdicts.find(given)

    assert found.tasks == (bad,)
    assert [each.text for each in symptoms.find(given, found)] == [bad.stopped_reason, CANNOT_PLACE.message]


def test_a_part_that_was_not_read_is_unknown() -> None:
    assert verdicts.find(evidence(service=None)).text == "the service could not be read"
    assert verdicts.find(evidence(service=None, executions=None, stages=None)).verdict == "unknown"


@pytest.mark.parametrize("verdict", ["service", "database"])
def test_an_execution_that_failed_before_is_only_a_note(verdict: str) -> None:
    parts: dict[str, dict[str, Any]] = {
        "service": {"service": replace(SERVICE, running_count=0), "tasks": [REPLACED]},
        "database": {"database": replace(DATABASE, status="stopped")},
    }
    before = replace(FAILED_BEFORE, started=BEGAN - 9 * MINUTE, changed=BEGAN - MINUTE)
    found = verdicts.find(evidence(executions=[before], **parts[verdict]))

    assert (found.verdict, found.execution, found.notes) == ("not healthy", None, ("execution e6 is Failed",))


def test_an_execution_belongs_to_the_deployment_that_it_started() -> None:
    failed = replace(NEW, status="Failed")
    found = verdicts.find(evidence(service=rollout(failed_tasks=1), executions=[failed]))

    assert (found.verdict, found.execution) == ("not healthy", failed)
