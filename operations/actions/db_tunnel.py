"""Forward a port of this machine to the private database, through a new task, until the end of the session.

The task has the network of the service, because the database admits only the security group of the service. The task is
stopped at the end of the session and at Ctrl-C. If this program is killed, the task stops after the time limit.
"""

import argparse
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from botocore.exceptions import BotoCoreError

from operations import command, reasons
from operations.actions import acting, session_plugin
from operations.actions.acting import Acting
from operations.actions.exec import require_setting
from operations.commands.answer import Exit
from operations.commands.options import number
from operations.system.control.one_off import OneOffTasks
from operations.system.database import Database
from operations.system.tasks import Container, Task
from operations.wait import until
from tools.outside import OutsideError
from tools.toolchain.signals import deferred

HELP = "forward a local port to the private database, through a new task"
LOCAL = "127.0.0.1"
START_SECONDS = 300.0
"""The time that the task gets to start."""
MINUTES, MOST_MINUTES = 60, 720


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    help_port = "the port of this machine, by default the port of the database"
    parser.add_argument("--port", metavar="PORT", type=number(1, 65535), help=help_port)
    help_minutes = f"the time limit of the task, 1 to {MOST_MINUTES}, by default {MINUTES}"
    parser.add_argument("--minutes", metavar="N", type=number(1, MOST_MINUTES), default=MINUTES, help=help_minutes)
    help_instance = "another database instance that admits the service, such as a restored one"
    parser.add_argument("--instance", metavar="ID", help=help_instance)
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Forward the port, and return the exit code at the end of the session."""
    settings = command.settings(arguments.environment)
    require_setting(settings, "ops db-tunnel")
    session_plugin.require(f"`ops run {settings.environment} -- COMMAND` runs a command that reaches the database")
    if arguments.json:
        raise OutsideError("ops db-tunnel: a session has no JSON; leave out --json")
    port = arguments.port or settings.database.port
    _check_free(port)
    acts = Acting.begin(arguments, "db-tunnel")
    other = arguments.instance
    database = acts.deployed.other_database(other) if other else acts.deployed.database()
    runs = acts.deployed.running()
    if not (database.address and database.port):
        raise OutsideError(f"{settings.environment}: the database has no endpoint yet; its status is {database.status}")
    acts.confirm(
        f"starts a task of {runs.revision} for at most {arguments.minutes} minutes, and forwards port {port} of this "
        f"machine to {database.address}:{database.port}"
    )
    with _sleeping(acts, runs.revision, arguments.minutes) as sleeping:
        container = _wait_for_agent(acts, sleeping.task)
        session = acts.deployed.sessions.forward(
            sleeping.task, container, host=database.address, port=database.port, local_port=port
        )
        for line in _how_to_connect(acts, database, port):
            acts.report(line)
        code = session_plugin.join(session)
    if code:
        raise OutsideError(f"{session_plugin.PROGRAM} ended with the exit code {code}")
    return Exit.OK if sleeping.is_stopped else Exit.UNUSUAL


@dataclass
class _Sleeping:
    """A task that sleeps."""

    task: Task
    is_stopped: bool = False


@contextmanager
def _sleeping(acts: Acting, revision: str, minutes: int) -> Iterator[_Sleeping]:
    """Run a task that sleeps until the end of the block, at most for the time limit."""
    one_off, found = acts.deployed.one_off_tasks, None
    try:
        with deferred():  # an interrupt waits for the answer, which has the id of the task
            found = _Sleeping(_start(acts, one_off, revision, minutes))
        yield found
    finally:
        if found:
            with deferred():
                found.is_stopped = _stop(acts, one_off, found.task)


def _start(acts: Acting, one_off: OneOffTasks, revision: str, minutes: int) -> Task:
    mark = f"ops-db-tunnel/{uuid4().hex[:16]}"
    try:
        return one_off.start(revision, ["sleep", str(60 * minutes)], started_by=mark, ecs_exec=True)
    except BotoCoreError:  # ECS may have started the task, but the answer was lost
        acts.report(f"To see whether a task was started: {one_off.list_command(mark)}. It stops at its time limit.")
        raise


def _stop(acts: Acting, one_off: OneOffTasks, task: Task) -> bool:
    """Stop the task, and return whether ECS has accepted the request."""
    try:
        one_off.stop(task, "ops db-tunnel has ended")
    except command.EXPECTED as error:
        acts.report(f"The task {task.id} was not stopped: {reasons.reason(error)}. It stops at its time limit.")
        acts.report(f"To stop it now: {one_off.stop_command(task)}")
        return False
    acts.report(f"ECS stops the task {task.id}.")
    return True


def _wait_for_agent(acts: Acting, task: Task) -> Container:
    """Return the container of a task when its agent runs.

    Raises:
        OutsideError: The task stops, or the agent does not run in time.
    """
    name = acts.settings.service.container_name

    def ready() -> Container | None:
        found = acts.deployed.one_off_tasks.find(task.id)
        if found and found.desired_status == "STOPPED":
            why = " ".join(each for each in (found.stopped_reason, *(c.reason for c in found.containers)) if each)
            raise OutsideError(f"task {task.id}: stopped before the session began: {why}")
        containers = found.containers if found else ()
        return next((each for each in containers if each.name == name and each.agent == "RUNNING"), None)

    acts.report(f"The task {task.id} starts. This can take a minute.")
    try:
        return until(ready, START_SECONDS, "the agent does not run", longest_pause_seconds=2)
    except TimeoutError:
        raise OutsideError(
            f"task {task.id}: the agent of ECS Exec does not run after {START_SECONDS:g} seconds"
        ) from None


def _how_to_connect(acts: Acting, database: Database, port: int) -> list[str]:
    settings = acts.settings
    parts = {"host": LOCAL, "port": port, "dbname": settings.database.name, "user": database.user, "sslmode": "require"}
    lines = [f"To connect: psql {shlex.quote(' '.join(f'{name}={value}' for name, value in parts.items()))}"]
    if database.secret:
        options = ["--region", settings.region, "--secret-id", database.secret]
        query = ["--query", "SecretString", "--output", "text"]
        lines.append(f"The password: {shlex.join(['aws', 'secretsmanager', 'get-secret-value', *options, *query])}")
    return [*lines, "Ctrl-C ends the session and stops the task."]


def _check_free(port: int) -> None:
    """Raise if another program uses a port of this machine.

    Raises:
        OutsideError: The port cannot be used.
    """
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((LOCAL, port))
        except OSError as error:
            raise OutsideError(
                f"port {port} of this machine cannot be used ({error.strerror}); name another port with --port"
            ) from None
