"""Tests of the judgement: what is in progress, what is unusual, and what is neither."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.commands.answer import Exit, NotRead
from operations.commands.status_answer import Status, judged
from operations.images.repository import PushedImage
from operations.preflight.finding import not_checked, ok, problem
from operations.system.alarms import Alarm
from operations.system.certificate import Certificate
from operations.system.database import Database, Password
from operations.system.load_balancer import Target
from operations.system.pipeline import Stage
from operations.system.service import Running

NOW = datetime.now(UTC)
DIGEST = f"sha256:{'0' * 64}"
SERVICE = Running(
    revision="shop-dev:7",
    image=f"shop@{DIGEST}",
    digests=frozenset({DIGEST}),
    platform="linux/amd64",
    since=NOW,
    count=1,
    desired_count=1,
    in_progress=False,
    scales_out=False,
    target_groups=(),
    rolled_back="",
    fault="",
)
STAGE = Stage("Deploy", "Succeeded", "e1", NOW, "", "")
TARGET = Target("10.0.1.10", 8000, "healthy", "", "")
ALARM = Alarm("shop-dev-unhealthy", "OK", "", NOW)
FAILED = replace(TARGET, state="unhealthy", reason="Target.Timeout", description="Request timed out")
CERTIFICATE = Certificate("shop.example.com", "ISSUED", NOW + timedelta(days=300))
DATABASE = Database("available", "postgres 17.4", "db.t4g.micro", "arn:secret", 5432, ("sg-1",))


def status(**parts: Any) -> Status:
    """Return the judged status of a healthy environment, in which some parts differ."""
    healthy = {
        "service": SERVICE,
        "targets": [TARGET],
        "delegation": ok("domain", "is delegated"),
        "alarms": [ALARM],
        "image": PushedImage(DIGEST, ("latest",), NOW),
        "pipeline": [STAGE],
        "certificate": CERTIFICATE,
        "database": DATABASE,
        "password": Password(None),
    }
    place = {"environment": "dev", "region": "eu-central-1", "account": "1", "caller": "arn:caller"}
    lists: dict[str, Any] = {"in_progress": [], "unusual": [], "not_read": []}
    return judged(Status.model_validate(healthy | place | lists | parts))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"database": replace(DATABASE, status="backing-up")},
        {"pipeline": [STAGE, Stage("Build", "", "", None, "", "")]},
        {"certificate": replace(CERTIFICATE, expires=NOW + timedelta(days=50))},
        {"targets": [TARGET, replace(TARGET, state="draining"), replace(TARGET, state="initial")]},
        {"delegation": not_checked("domain", "a rehearsal")},
        {"alarms": [replace(ALARM, state="INSUFFICIENT_DATA")]},
    ],
    ids=["healthy", "backup", "new pipeline", "renewal has begun", "targets change", "not checked", "new alarm"],
)
def test_a_system_that_needs_no_attention_is_not_unusual(parts: dict[str, Any]) -> None:
    found = status(**parts)

    assert (found.in_progress, found.unusual, found.exit_code) == ([], [], Exit.OK)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"service": replace(SERVICE, in_progress=True, fault="1 of 2")}, "service: 1 of 2"),
        ({"service": replace(SERVICE, scales_out=True, fault="1 of 3")}, "service: 1 of 3"),
        ({"pipeline": [replace(STAGE, status="InProgress")]}, "stage Deploy: execution e1 is InProgress"),
        ({"pipeline": [replace(STAGE, waiting=("e2",))]}, "stage Deploy: execution e2 waits before the stage"),
        ({"database": replace(DATABASE, status="modifying")}, "database: its status is modifying"),
    ],
    ids=["deployment", "scale-out", "stage", "waits", "database"],
)
def test_what_is_in_progress_is_not_unusual(parts: dict[str, Any], text: str) -> None:
    found = status(**parts)

    assert (found.in_progress, found.unusual, found.exit_code) == ([text], [], Exit.OK)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"service": replace(SERVICE, fault="0 of 1 tasks run")}, "service: 0 of 1 tasks run"),
        (
            {"service": replace(SERVICE, digests=frozenset({DIGEST, "sha256:1"}))},
            f"service: the tasks run 2 images for shop@{DIGEST}",
        ),
        (
            {"service": replace(SERVICE, rolled_back="shop-dev:8")},
            "service: the deployment of shop-dev:8 has failed; ECS rolled it back (ops why)",
        ),
        ({"targets": [FAILED]}, "targets: 10.0.1.10 is unhealthy: Target.Timeout (Request timed out)"),
        (
            {"delegation": problem("domain", "is not delegated", advice="add the record")},
            "delegation: is not delegated; add the record",
        ),
        ({"alarms": [replace(ALARM, state="ALARM", reason="too many")]}, "alarm shop-dev-unhealthy: too many"),
        ({"image": None}, f"image: the repository does not have {DIGEST}, so no new task can start"),
        (
            {"pipeline": [replace(STAGE, status="Failed", error="no image")]},
            "stage Deploy: execution e1 is Failed: no image",
        ),
        ({"pipeline": [replace(STAGE, status="Stopped")]}, "stage Deploy: execution e1 is Stopped"),
        (
            {"pipeline": [replace(STAGE, disabled="a freeze")]},
            "stage Deploy: the transition into the stage is disabled (a freeze)",
        ),
        (
            {"certificate": replace(CERTIFICATE, status="PENDING_VALIDATION", expires=None)},
            "certificate: the certificate of shop.example.com is PENDING_VALIDATION",
        ),
        (
            {"certificate": replace(CERTIFICATE, expires=NOW + timedelta(days=40))},
            f"certificate: ACM has not renewed the certificate, which expires on {NOW + timedelta(days=40):%Y-%m-%d}",
        ),
        ({"database": replace(DATABASE, status="stopped")}, "database: its status is stopped"),
    ],
)
def test_what_needs_attention_is_unusual(parts: dict[str, Any], text: str) -> None:
    found = status(**parts)

    assert (found.in_progress, found.unusual, found.exit_code) == ([], [text], Exit.UNUSUAL)


def test_an_image_that_was_not_read_is_not_called_deleted() -> None:
    found = status(image=None, not_read=[NotRead(part="image", reason="no permission")])

    assert (found.unusual, found.exit_code) == ([], Exit.PARTIAL)


def test_an_unhealthy_target_of_a_deployment_is_in_progress() -> None:
    deployed = replace(SERVICE, in_progress=True, fault="its deployment is IN_PROGRESS")

    found = status(service=deployed, targets=[FAILED])

    assert (len(found.in_progress), found.unusual) == (2, [])
