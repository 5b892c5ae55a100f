"""Stop a task of the service. ECS starts another task in its place."""

import argparse
import re

from operations.actions import acting, steady
from operations.actions.acting import Acting, ActionAnswer
from operations.system.tasks import Task
from tools.outside import OutsideError

HELP = "stop a task; ECS starts another one"


class StoppedTask(ActionAnswer):
    """The stop of a task, and whether the service has its tasks again."""

    task: str
    """The id of the task."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("task", metavar="TASK", type=_id, help="the id of the task, or its first characters")
    parser.add_argument(
        "--reason", metavar="TEXT", type=_reason, default="ops stop-task", help="why; `ops tasks` shows it"
    )
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Stop the task, wait until the service has its tasks again, and return the exit code."""
    stopping = Acting.begin(arguments, "stop-task")
    service, tasks = stopping.deployed.deployments(), stopping.deployed.tasks()
    task = find(tasks, arguments.task, stopping.settings.environment)
    running = [each for each in tasks if each.is_running]
    change = f"stops the task {task.id} of {task.revision}, which is {task.status} ({arguments.reason})"
    only = (
        ". It is the only task that runs, so the service is down until the next task runs" if running == [task] else ""
    )
    stopping.confirm(f"{change}{only}")
    with stopping.on_interrupt(
        "ECS starts another task, if the request to stop the task has reached it; run ops tasks"
    ):
        stopping.deployed.service_control.stop_task(task.arn, arguments.reason)
        fault = steady.wait(stopping, service)
    found = StoppedTask(**stopping.source, change=change, task=task.id, fault=fault)
    return stopping.end(found, fault or f"The task is stopped, and the service runs {service.desired_count} tasks.")


def find(tasks: list[Task], beginning: str, environment: str) -> Task:
    """Return the task whose id begins with a text.

    Raises:
        OutsideError: No task, or more than one task, has such an id, or the task has stopped.
    """
    found = [each for each in tasks if each.id.startswith(beginning)]
    if not found:
        raise OutsideError(
            f"TASK: must be the id of a task of the service, or its first characters, got {beginning!r}; "
            f"`ops tasks {environment}` shows the tasks"
        )
    if len(found) > 1:
        listed = ", ".join(each.id for each in found)
        raise OutsideError(f"TASK: must be the first characters of one id, got {beginning!r} for {listed}")
    [task] = found
    if task.desired_status == "STOPPED":
        raise OutsideError(f"TASK: the task {task.id} has already stopped, or is about to stop: {task.stopped_reason}")
    return task


def _reason(text: str) -> str:
    if not text.isprintable():
        raise argparse.ArgumentTypeError(f"must be one line of printable characters, got {text[:40]!a}")
    return text


def _id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f-]{1,64}", text):
        raise argparse.ArgumentTypeError(f"must be the id of a task, such as `ops tasks` shows, got {text[:40]!a}")
    return text
