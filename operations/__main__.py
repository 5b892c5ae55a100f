"""The program `ops`: commands that look at a deployed environment, and commands that change it."""

import argparse
import sys
from typing import Protocol

from botocore.exceptions import ClientError

from operations import command, reasons
from operations.actions import db_tunnel, disable_deploys, enable_deploys, redeploy, scale, stop_task
from operations.actions import exec as exec_
from operations.actions.rollback import command as rollback
from operations.actions.run import command as run
from operations.commands import history, images, logs, outputs, secrets, status, tasks
from operations.commands.verify import command as verify
from operations.commands.wait import command as wait
from operations.commands.why import why
from tools.outside import OutsideError


class Command(Protocol):
    """The module of a command. Its docstring is the description of the command."""

    HELP: str

    def add_options(self, parser: command.Parser) -> None:
        """Add the options of the command to its parser."""

    def answer(self, arguments: argparse.Namespace) -> int:
        """Print the answer, and return the exit code."""


COMMANDS: dict[str, Command] = {
    "status": status,
    "why": why,
    "tasks": tasks,
    "images": images,
    "history": history,
    "logs": logs,
    "secrets": secrets,
    "verify": verify,
    "wait": wait,
    "outputs": outputs,
    "rollback": rollback,
    "redeploy": redeploy,
    "scale": scale,
    "stop-task": stop_task,
    "disable-deploys": disable_deploys,
    "enable-deploys": enable_deploys,
    "run": run,
    "exec": exec_,
    "db-tunnel": db_tunnel,
}


def main() -> int:
    """Run the command on the command line, and return its exit code."""
    parser = command.Parser(prog="ops", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        added = commands.add_parser(name, description=module.__doc__, help=module.HELP)
        added.add_argument("environment", metavar="ENV", type=command.environment, help="the environment")
        added.add_argument("--json", action="store_true", help="print the answer as JSON")
        module.add_options(added)
        added.set_defaults(answer=module.answer)
    return command.run(lambda: _answer(parser.parse_args()))


def _answer(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.answer(arguments)
    except ClientError as error:
        if not reasons.is_denied(error):
            raise
        raise OutsideError("\n".join([reasons.reason(error), *getattr(error, "__notes__", [])])) from None
    return code


if __name__ == "__main__":
    sys.exit(main())
