"""Run a command in a new task of the running revision, and return its exit code.

The task has the image, the network, the variables and the secrets of the service. Standard output has the output of the
command, and standard error has everything else. With --json, standard output has only the answer. Ctrl-C stops the
task. If the command does not run, the exit code is 125.
"""

import argparse
import shlex
from datetime import datetime

from botocore.exceptions import ClientError

from operations import command, reasons
from operations.actions import acting
from operations.actions.acting import Acting, ActionAnswer
from operations.actions.run.task import OneOffRun
from operations.commands.printable import printable
from operations.commands.table import short_id
from operations.system.control.one_off import MOST_CHARACTERS
from operations.system.tasks import Task
from tools.outside import OutsideError
from tools.toolchain import program

HELP = "run a command in a new task, such as a migration of the database"
NOT_RUN = 125
"""The exit code if the command does not run, as that of `docker run`.

https://docs.docker.com/engine/containers/run/#exit-status
"""


class Ran(ActionAnswer):
    """A command that ran in a one-off task."""

    revision: str
    image: str
    command: list[str]
    task: str
    """The ARN of the task."""
    code: int | None
    """The exit code of the command. None if the command did not run, or if ECS has lost its exit code."""
    stop_code: str
    stopped_reason: str
    container_reason: str
    """Details about the container, such as `OutOfMemoryError: ...`. Often empty."""
    created: datetime
    started: datetime | None
    stopped: datetime | None


def add_options(parser: command.Parser) -> None:
    """Add the options of the command to its parser."""
    acting.add_yes(parser)
    parser.add_argument("command", metavar="COMMAND", nargs="*", help="the program with its arguments, after --")
    parser.error_code, parser.takes_command = NOT_RUN, True
    parser.usage = "%(prog)s [-h] [--json] [--yes] ENV -- COMMAND [ARGUMENT ...]"


def answer(arguments: argparse.Namespace) -> int:
    """Run the command, and return its exit code, or 125 if the command does not run."""
    try:
        return _run(arguments)
    except BrokenPipeError:  # the reader of the output has ended
        raise
    except ClientError as error:
        return program.refuse(f"{arguments.environment}: {reasons.reason(error)}", code=NOT_RUN)
    except command.EXPECTED as error:
        return program.refuse(program.message(error), code=NOT_RUN)


def _run(arguments: argparse.Namespace) -> int:
    wanted: list[str] = arguments.command
    if not wanted:
        raise OutsideError("COMMAND: required after --, as in `ops run dev -- python manage.py migrate`")
    running = Acting.begin(arguments, "run", to_errors=True)
    if (length := running.deployed.one_off_tasks.length(wanted)) > MOST_CHARACTERS:
        raise OutsideError(
            f"COMMAND: must need at most {MOST_CHARACTERS} characters of JSON in the request to ECS, got {length}; put "
            "the command into a script of the image"
        )
    runs = running.deployed.running()
    one_off = OneOffRun(running, running.deployed.definition(runs.revision).logs)
    one_off.check_access()
    image = runs.digest or runs.image
    running.report(f"The image of {runs.revision} is {image}.")
    if runs.in_progress:
        running.report(f"The deployment of {runs.revision} is in progress.")
    change = f"runs `{shlex.join(wanted)}` in a new task of {runs.revision}"
    running.confirm(" ".join(map(printable, change.split("\n"))))
    task = one_off.go(runs.revision, wanted)
    found = _ran(running, task, change=change, revision=runs.revision, image=image, command=wanted)
    if running.json:
        found.write_json()
    why = printable(" ".join(f"{found.stop_code}: {found.stopped_reason} {found.container_reason}".split()))
    if found.code is None:
        ended = "the command ran, but has no exit code" if found.started else "the command did not run"
        raise OutsideError(f"{running.settings.environment}: {ended}. {why}")
    running.report(f"task {short_id(task.id)}: exit code {found.code}. {why}")
    return found.code


def _ran(running: Acting, task: Task, **known: object) -> Ran:
    name = running.settings.service.container_name
    container = next((each for each in task.containers if each.name == name), None)
    return Ran.model_validate(
        {
            **running.source,
            **known,
            "task": task.arn,
            "code": container.exit_code if container else None,
            "stop_code": task.stop_code,
            "stopped_reason": task.stopped_reason,
            "container_reason": container.reason if container else "",
            "created": task.created,
            "started": task.started,
            "stopped": task.stopped,
        }
    )
