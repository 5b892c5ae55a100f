"""Show the tasks that run, and those that stopped in the last hour, each with the reasons of its stop."""

import argparse
from collections.abc import Iterator

from operations import command
from operations.command import ERRORS
from operations.commands.answer import SystemAnswer
from operations.commands.reading import Reading
from operations.commands.table import TIME, missing, notes, table, time, write
from operations.sessions import heading
from operations.system.tasks import Container, Task

HELP = "show the tasks that run, and why tasks stopped"


class Tasks(SystemAnswer):
    """The tasks of the service: first those that run, then the stopped ones, each the newest first."""

    tasks: list[Task] | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add no options: `ops tasks` has only those of all commands."""


def answer(arguments: argparse.Namespace) -> int:
    """Print the tasks of an environment, and return the exit code."""
    reading = Reading.begin(arguments.environment, "tasks")
    with ERRORS.status("reading the tasks"):
        found = read(reading)
    if arguments.json:
        found.write_json()
    else:
        command.report(f"{heading(reading.settings, reading.caller)}\n")
        show(found)
    return found.exit_code


def read(reading: Reading) -> Tasks:
    """Read the tasks of the service."""
    found = reading.parts({"tasks": reading.deployed.tasks})
    if "tasks" in found:
        found["tasks"] = sorted(found["tasks"], key=lambda task: task.stopped is not None)
    return Tasks(**reading.source, **found)


def show(found: Tasks) -> None:
    """Print the table of the tasks, and below the table what was not read."""
    rows = [
        (
            task.id[:8],
            task.status,
            time(task.stopped or task.started or task.created),
            task.revision.rpartition(":")[2],
            _details(task),
        )
        for task in found.tasks or []
    ]
    below = [*missing(found.not_read), *_none(found)]
    write(table(("task", "status", TIME, "revision", "details"), rows))
    if below:
        write("", notes(below))


def _none(found: Tasks) -> Iterator[tuple[str, str]]:
    if found.tasks == []:
        yield "tasks", "none runs, and none stopped in the last hour"


def _details(task: Task) -> str:
    """Return the health of a task that runs, or the reasons of a stopped task."""
    if task.desired_status == "RUNNING":
        return task.health.lower() if task.health != "UNKNOWN" else ""
    return "\n".join(filter(None, [task.stop_code, task.stopped_reason, *map(_stopped, task.containers)]))


def _stopped(container: Container) -> str:
    code = f"exit code {container.exit_code}" if container.exit_code is not None else ""
    details = ", ".join(filter(None, [code, container.reason]))
    return f"{container.name}: {details}" if details else ""
