"""Open a shell in a running container, or run another command there, through ECS Exec. The command runs as root."""

import argparse
import shlex
from collections.abc import Sequence

from operations import command
from operations.actions import acting, session_plugin
from operations.actions.acting import Acting
from operations.commands.answer import Exit
from operations.system.tasks import Container, Task
from settings import Settings
from tools.outside import OutsideError

HELP = "open a shell in a running container"
SHELL = "/bin/sh"
SETTING = "service.ecs_exec"


def add_options(parser: command.Parser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--task", metavar="ID", default="", help="the task, by its id or the beginning of its id")
    acting.add_yes(parser)
    parser.add_argument("command", metavar="COMMAND", nargs="*", help=f"the command after --, by default {SHELL}")
    parser.takes_command = True


def answer(arguments: argparse.Namespace) -> int:
    """Open the session, and return the exit code at its end."""
    name = arguments.environment
    require_setting(command.settings(name), "ops exec")
    session_plugin.require(
        f"`ops run {name} -- COMMAND` runs a command in a new task, and `ops logs {name}` shows logs"
    )
    if arguments.json:
        raise OutsideError("ops exec: a session has no JSON; leave out --json")
    acts = Acting.begin(arguments, "exec")
    task, container = chosen(acts.deployed.tasks(), acts.settings, arguments.task)
    words = shlex.join(arguments.command) or SHELL
    acts.confirm(f"runs {words} as root in the container {container.name} of task {task.id}")
    code = session_plugin.join(acts.deployed.sessions.execute(task, container, words))
    if code:
        raise OutsideError(f"{session_plugin.PROGRAM} ended with the exit code {code}")
    return Exit.OK


def require_setting(settings: Settings, program: str) -> None:
    """Raise if ECS Exec is off in the settings.

    Raises:
        OutsideError: ECS Exec is off.
    """
    if not settings.service.ecs_exec:
        raise OutsideError(
            f"{settings.environment}.{SETTING}: must be true for {program}, got false; set it, with "
            f"readonly_root_filesystem = false, and run make deploy ENV={settings.environment}"
        )


def chosen(tasks: Sequence[Task], settings: Settings, id_: str) -> tuple[Task, Container]:
    """Return the newest running task with a running agent, and its container.

    Args:
        tasks: The tasks of the service, the newest first.
        settings: The settings of the environment, with the name of the container.
        id_: The id of a task, or the beginning of it. An empty text matches each task.

    Raises:
        OutsideError: No task fits, or several tasks have an id with this beginning.
    """
    name = settings.service.container_name
    place = f"{settings.environment}: task {id_}" if id_ else f"{settings.environment}: the service"
    running = [task for task in tasks if task.is_running and task.id.startswith(id_)]
    if id_ and len(running) > 1:
        listed = ", ".join(task.id for task in running)
        raise OutsideError(f"{place}: must be the beginning of one id, got the beginning of {listed}")
    if not running:
        raise OutsideError(f"{place}: no task is running; `ops tasks {settings.environment}` shows the tasks")
    found = [(task, each) for task in running for each in task.containers if each.name == name]
    if not found:
        raise OutsideError(f"{place}: no running task has a container {name}")
    with_agent = [(task, each) for task, each in found if each.agent == "RUNNING"]
    if not with_agent:
        states = ", ".join(sorted({each.agent or "none" for _, each in found}))
        raise OutsideError(
            f"{place}: no running task has a running agent of ECS Exec (agent: {states}); a task has the agent if it "
            f"started after the deployment of {settings.environment}.{SETTING}"
        )
    return with_agent[0]
