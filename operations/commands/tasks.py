"""Show the tasks that run, and those that stopped in the last hour, each with the reasons of its stop."""

import argparse
from collections.abc import Iterator

from rich.console import RenderableType

from operations.commands import frame, options
from operations.commands.answer import SystemAnswer
from operations.commands.reading import Reading
from operations.commands.table import TIME, missing, short_id, table, time, with_notes
from operations.system.tasks import Container, Task

SCALING = "Scaling activity initiated by"
"""The beginning of the reason of a task that another deployment has replaced, or that a scale-in has stopped.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""
HELP = "show the tasks that run, and why tasks stopped"


class Tasks(SystemAnswer):
    """The tasks of the service: first those that run, then the stopped ones, each the newest first."""

    tasks: list[Task] | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    options.add_watch(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Print the tasks of an environment, and return the exit code."""
    answer_of = frame.watch if arguments.watch else frame.answer
    return answer_of(arguments, "tasks", read, rendered)


def read(reading: Reading) -> Tasks:
    """Read the tasks of the service."""
    found = reading.parts({"tasks": reading.deployed.tasks})
    if "tasks" in found:
        found["tasks"] = sorted(found["tasks"], key=lambda task: task.stopped is not None)
    return Tasks(**reading.source, **found)


def rendered(found: Tasks) -> list[RenderableType]:
    """Return the table of the tasks, and below the table why tasks stopped, and what was not read."""
    rows = [
        (
            short_id(task.id),
            task.status,
            time(task.stopped or task.started or task.created),
            task.revision.rpartition(":")[2],
            _details(task),
        )
        for task in found.tasks or []
    ]
    below = [*_reasons(found), *missing(found.not_read), *_none(found)]
    return with_notes(table(("task", "status", TIME, "revision", "details"), rows), below)


def _none(found: Tasks) -> Iterator[tuple[str, str]]:
    if found.tasks == []:
        yield "tasks", "none runs, and none stopped in the last hour"


def _reasons(found: Tasks) -> Iterator[tuple[str, str]]:
    """Yield why tasks stopped, under the newest task with this reason. A replaced task needs no reason."""
    reasons: dict[str, list[str]] = {}
    for task in found.tasks or []:
        if task.stopped_reason and not task.stopped_reason.startswith(SCALING):
            reasons.setdefault(task.stopped_reason, []).append(short_id(task.id))
    for reason, (first, *others) in reasons.items():
        yield first, f"{reason} (also {', '.join(others)})" if others else reason


def _details(task: Task) -> str:
    """Return the health of a task that runs, or the stop code and the exit codes of a stopped task."""
    if task.desired_status == "RUNNING":
        return task.health.lower() if task.health != "UNKNOWN" else ""
    return "\n".join(filter(None, [task.stop_code, *map(_stopped, task.containers)]))


def _stopped(container: Container) -> str:
    code = f"exit code {container.exit_code}" if container.exit_code is not None else ""
    details = ", ".join(filter(None, [code, container.reason]))
    return f"{container.name}: {details}" if details else ""
