"""The database: it is stopped, its storage is full, or a task has an old password."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause, Certainty
from operations.commands.why.kinds.network import admits
from operations.commands.why.verdict import BROKEN

OF_POSTGRES = r"password authentication failed|\b28P01\b"
"""The message and the code of PostgreSQL. The other expressions can be about another login."""
REFUSED_LOGIN = (
    OF_POSTGRES,
    r"InvalidPassword|authentication failed for user|Access denied for user",
)
UNREACHABLE = (
    r"(?:could not connect to|connection to) (?:the )?server .*(?:refused|timed? ?out|failed)",
    r"(?:postgres|database|psycopg|:5432).*(?:connection refused|timed? ?out|could not connect|ECONNREFUSED|ETIMEDOUT)",
    r"(?:connection refused|timed? ?out|could not connect|ECONNREFUSED|ETIMEDOUT).*(?:postgres|database|psycopg|5432)",
    r"remaining connection slots are reserved|too many (?:connections|clients)",
    r"PoolTimeout|couldn't get a connection",
)
SOON = timedelta(minutes=15)
"""The time after a rotation in which running tasks can still have the old password."""


def causes(case: Case) -> Iterator[Cause]:
    """Yield what is wrong with the database or with the login of the container."""
    yield from _status(case)
    yield from _password(case)
    yield from _connection(case)


def _status(case: Case) -> Iterator[Cause]:
    database = case.evidence.database
    if not database or database.status not in BROKEN:
        return
    name = case.evidence.settings.name
    said = case.logged(*UNREACHABLE)
    start = f"`aws rds start-db-instance --db-instance-identifier {name}`"
    advice = {
        "stopped": f"Start the database: {start}. This takes some minutes",
        "stopping": f"Wait until the database is stopped, and start it again: {start}",
        "storage-full": f"Raise {case.name}.database.storage_gib, and run `make deploy ENV={case.name}`",
    }
    events = f"`aws rds describe-events --source-type db-instance --source-identifier {name}`"
    kind = "database-stopped" if database.status in ("stopped", "stopping") else "database-broken"
    what_to_do = advice.get(database.status, f"Look at the events of the database: {events}")
    shown = f"RDS: the status of {name} is {database.status}"
    logged = [said.line] if said else []
    yield cause(kind, f"The database is {database.status}", "certain", what_to_do, shown, *logged)


def _password(case: Case) -> Iterator[Cause]:
    """Yield a rotation of the password after which the failed task, or a running task, has the old password."""
    evidence, password = case.evidence, case.evidence.password
    said = case.logged(*REFUSED_LOGIN) or case.said(*REFUSED_LOGIN)
    rotated = password.rotated if password else None
    advice = (
        "The container must read the new password at its start. If the system has not yet started new tasks after the "
        f"rotation, start them: {case.new_tasks}"
    )
    shown = (
        f"Secrets Manager: the password was rotated at {rotated.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        if rotated
        else ""
    )
    began = _start(case)
    if said and rotated and (_after_success(case, rotated) or (began and began <= rotated)):
        old = began is None or began <= rotated
        text = "The database refuses the login: its password was rotated" + (
            " after the start of the task" if old else ""
        )
        yield cause("password-rotated", text, "certain" if old else "likely", advice, said.line, shown)
    elif said:
        text = "The database refuses the login of the container"
        advice = "Compare the user and the password that the container uses with the secret of the database"
        certainty: Certainty = "certain" if re.search(OF_POSTGRES, said.line) else "likely"
        yield cause("login-refused", text, certainty, advice, said.line)
    elif rotated and case.exited and evidence.now - rotated < SOON:
        text = "The password of the database was rotated shortly before the failure"
        certainty = "likely" if not evidence.log and (began is None or began <= rotated) else "possible"
        yield cause("password-rotated", text, certainty, advice, shown)


def _start(case: Case) -> datetime | None:
    """Return when the task with the log was created: the newest failed task that started, or the newest running one."""
    running = [each for each in case.evidence.tasks or [] if each.desired_status == "RUNNING"]
    return next((each.created for each in (*case.incident.tasks, *running) if each.started), None)


def _after_success(case: Case, rotated: datetime) -> bool:
    """Return whether no deployment has completed with tasks that started after the rotation."""
    listed = case.evidence.service.deployments if case.evidence.service else ()
    complete = [each.created for each in listed if each.rollout_state == "COMPLETED"]
    return not complete or max(complete) <= rotated


def _connection(case: Case) -> Iterator[Cause]:
    stopped = case.evidence.database and case.evidence.database.status in BROKEN
    if stopped or case.logged(*REFUSED_LOGIN):
        return
    said = case.logged(*UNREACHABLE)
    if not said:
        return
    text = "The container gets no connection to the database"
    restore = f"`make diff ENV={case.name}` shows the removed rule, and `make apply ENV={case.name}` restores it"
    if closed := _closed(case):
        text += ", because the security group of the database does not allow it"
        yield cause("database-unreachable", text, "certain", restore, said.line, closed)
        return
    advice = "Compare the host and the port that the container uses with its variables and with the database"
    yield cause("database-unreachable", text, "likely", advice, said.line)


def _closed(case: Case) -> str:
    """Return that the database allows no connections from the tasks, or an empty text."""
    database, own, tasks = case.evidence.database, case.evidence.database_groups, case.evidence.groups
    if not database or not database.port or not own or not tasks:
        return ""
    peers = [group.id for group in tasks]
    if admits(own, database.port, peers):
        return ""
    names = ", ".join(group.id for group in own)
    return f"EC2: no ingress rule of {names} allows TCP connections from {', '.join(peers)} to port {database.port}"
