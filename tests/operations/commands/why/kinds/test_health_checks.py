"""Tests of failed health checks.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-unhealthy-event-messages.html
"""

from dataclasses import replace
from typing import Any

import pytest

from operations.commands.why.cause import Cause
from operations.system.deployments import Event
from operations.system.load_balancer import Target
from tests.support.ops.incidents import DEFINITION, NOW, TASK, causes, evidence, failing, rollout, stopped

GROUP = "(target-group arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/app-1/2)"
ELB = (f"Task failed ELB health checks in {GROUP}", "ServiceSchedulerInitiated")


def unhealthy(reason: str, description: str, **parts: Any) -> Cause:
    """Return the first cause of a target that fails its health checks."""
    targets = [Target("10.0.0.8", 3000, "unhealthy", reason, description)]
    return failing(stopped(*ELB, exit_code=0), targets=targets, **parts)[0]


@pytest.mark.parametrize(
    ("code", "advice"), [("404", "health_check_path"), ("301", "redirect"), ("503", "The log of the container")]
)
def test_a_wrong_status_code(code: str, advice: str) -> None:
    first = unhealthy("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{code}]")

    assert (first.kind, first.certainty) == ("health-check-code", "likely" if code == "503" else "certain")
    assert first.text.endswith(f"(GET /) gets the status code {code}")
    assert advice in first.advice


def test_the_log_explains_an_error_of_the_application() -> None:
    log = ["OSError: [Errno 30] Read-only file system: '/app/cache'"]
    targets = [Target("10.0.0.7", 3000, "unhealthy", "Target.ResponseCodeMismatch", "with these codes: [500]")]
    first, second = causes(evidence(targets=targets, revision=DEFINITION, log=log))

    assert (first.kind, first.certainty) == ("read-only-file-system", "likely")
    assert (second.kind, second.certainty) == ("health-check-code", "likely")


def test_an_event_has_the_status_code() -> None:
    message = (
        f"(service shop-dev) (task t8) (port 3000) is unhealthy in {GROUP} due to (reason Health checks failed with "
    )
    message += "these codes: [404])"
    service = replace(rollout(failed_tasks=1), events=(Event(NOW, message),))
    first = causes(evidence(service=service, tasks=[stopped(*ELB, exit_code=0), TASK], revision=DEFINITION))[0]

    assert first.kind == "health-check-code"


def test_a_container_that_answers_too_slowly() -> None:
    first = unhealthy("Target.Timeout", "Request timed out")

    assert (first.kind, first.certainty) == ("health-check-slow", "likely")


@pytest.mark.parametrize(
    "line",
    [
        "[INFO] Listening at: http://0.0.0.0:8080 (1)",
        "Server listening on port 8080",
        "INFO: Uvicorn running on http://0.0.0.0:8080",
    ],
)
def test_a_container_that_listens_on_another_port(line: str) -> None:
    first = unhealthy("Target.FailedHealthChecks", "Health checks failed", log=[line])

    assert (first.kind, first.certainty) == ("other-port", "certain")
    assert first.text == "The container listens on port 8080, but the load balancer sends requests to port 3000"


def test_a_container_that_listens_on_its_loopback_address() -> None:
    first = unhealthy("Target.FailedHealthChecks", "", log=["Listening at: http://127.0.0.1:3000 (1)"])

    assert (first.kind, first.certainty) == ("loopback", "certain")


@pytest.mark.parametrize(
    ("lines", "kind", "certainty"),
    [
        (["Server started at 2026-11-29 22:30:15"], "start-slow", "likely"),
        (["listening on :3000", "metrics server listening on :9090"], "start-slow", "likely"),
        (["connecting to redis server cache.internal:6379"], "start-slow", "likely"),
        (["started server on 0.0.0.0:3000, url: http://localhost:3000"], "start-slow", "likely"),
        (["Example app listening at http://localhost:3000"], "loopback", "likely"),
    ],
)
def test_a_line_that_does_not_name_the_port_of_the_container(lines: list[str], kind: str, certainty: str) -> None:
    """Examples of servers print `localhost`, although they listen on all addresses."""
    first = unhealthy("Target.FailedHealthChecks", "Health checks failed", log=lines)

    assert (first.kind, first.certainty) == (kind, certainty)


def test_a_closed_port_gives_no_time_out() -> None:
    first = unhealthy("Target.Timeout", "Request timed out", log=["Example app listening at http://127.0.0.1:8080"])

    assert first.kind == "health-check-slow"


def test_a_container_that_listens_on_the_right_port_starts_too_slowly() -> None:
    first = unhealthy("Target.FailedHealthChecks", "", log=["Listening at: http://0.0.0.0:3000 (1)"])

    assert (first.kind, first.certainty) == ("start-slow", "likely")


def test_without_a_log_the_port_is_only_likely() -> None:
    first = unhealthy("Target.FailedHealthChecks", "Health checks failed")

    assert (first.kind, first.certainty) == ("other-port", "likely")


def test_a_container_that_ecs_kills_after_failed_health_checks_needs_no_memory() -> None:
    """ECS sends SIGKILL to a container that ignores SIGTERM."""
    targets = [Target("10.0.0.8", 3000, "unhealthy", "Target.Timeout", "Request timed out")]
    found = failing(stopped(*ELB, exit_code=137), targets=targets)

    assert [each.kind for each in found] == ["health-check-slow"]


def test_a_container_that_fails_its_own_health_check() -> None:
    task = stopped("Task failed container health checks", "ServiceSchedulerInitiated", exit_code=0)
    first = failing(task)[0]

    assert (first.kind, first.certainty) == ("container-health-check", "certain")
