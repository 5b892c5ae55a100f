"""Tests of the causes in the database."""

from datetime import timedelta
from typing import Any

import pytest

from operations.commands.why.cause import Cause
from operations.system.database import Database, Password
from operations.system.load_balancer import Target
from operations.system.network import ANYWHERE, Rule, SecurityGroup
from tests.support.ops.incidents import BEGAN, DEFINITION, NOW, causes, evidence, failing, stopped

EXITED = ("Essential container in task exited", "EssentialContainerExited")
REFUSED = (
    'connection to server at "10.0.0.9", port 5432 failed: FATAL:  password authentication failed for user "owner"'
)


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        ("stopped", "database-stopped", "start-db-instance --db-instance-identifier shop-dev"),
        ("storage-full", "database-broken", "dev.database.storage_gib"),
        ("incompatible-network", "database-broken", "describe-events"),
    ],
)
def test_the_status_of_the_database_is_certain(status: str, kind: str, advice: str) -> None:
    first = causes(evidence(database=Database(status, "postgres 17.4", "db.t4g.micro", "arn", 5432, ())))[0]

    assert (first.kind, first.certainty) == (kind, "certain")
    assert advice in first.advice


@pytest.mark.parametrize(
    ("minutes", "log", "kind", "certainty"),
    [
        (1, [REFUSED], "password-rotated", "certain"),
        (20, [REFUSED], "password-rotated", "likely"),
        (None, [REFUSED], "login-refused", "certain"),
        (20 * 24 * 60, [REFUSED], "login-refused", "certain"),
        (None, ["authentication failed for user bob"], "login-refused", "likely"),
        (1, [], "password-rotated", "likely"),
        (None, ["connection to server at 10.0.0.9, port 5432 failed: timeout"], "database-unreachable", "likely"),
    ],
)
def test_the_login_fails(minutes: int | None, log: list[str], kind: str, certainty: str) -> None:
    """The failed task was created three minutes ago."""
    rotated = NOW - timedelta(minutes=minutes) if minutes else None
    [first] = failing(stopped(*EXITED, exit_code=1), password=Password(rotated), log=log)

    assert (first.kind, first.certainty) == (kind, certainty)


def test_a_running_task_that_began_after_the_rotation_has_the_new_password() -> None:
    targets = [Target("10.0.0.7", 3000, "unhealthy", "Target.ResponseCodeMismatch", "with these codes: [500]")]
    parts: dict[str, Any] = {"targets": targets, "revision": DEFINITION, "log": [REFUSED]}
    before, after = (
        causes(evidence(password=Password(BEGAN + timedelta(minutes=minutes)), **parts))[0] for minutes in (-60, 60)
    )

    assert (before.kind, after.kind) == ("login-refused", "password-rotated")


def unreachable(*rules: Rule) -> Cause:
    """Return the only cause of a database whose security group has these rules."""
    [first] = failing(
        stopped(*EXITED, exit_code=1),
        log=["connection to server at 10.0.0.9, port 5432 failed: timeout expired"],
        database=Database("available", "postgres 17.4", "db.t4g.micro", "arn", 5432, ("sg-db",)),
        database_groups=[SecurityGroup("sg-db", "database", rules)],
        groups=[SecurityGroup("sg-1", "service", (Rule("egress", "-1", None, ANYWHERE),))],
    )
    return first


def test_a_security_group_that_does_not_let_the_tasks_in_is_certain() -> None:
    open_ = unreachable(Rule("ingress", "tcp", (5432, 5432), "sg-1"))
    block = unreachable(Rule("ingress", "tcp", (5432, 5432), "10.0.0.0/16"))
    closed = unreachable(Rule("ingress", "tcp", (5432, 5432), "sg-other"), Rule("ingress", "tcp", (22, 22), "sg-1"))

    assert (open_.kind, open_.certainty) == (block.kind, block.certainty) == ("database-unreachable", "likely")
    assert (closed.kind, closed.certainty) == ("database-unreachable", "certain")
    assert closed.evidence[-1] == "EC2: no ingress rule of sg-db allows TCP connections from sg-1 to port 5432"
