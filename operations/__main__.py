"""The program `ops`: commands that look at a deployed environment and change nothing."""

import argparse
import sys

from operations import command
from operations.commands import outputs, status

COMMANDS = {"status": status, "outputs": outputs}


def main() -> int:
    """Run the command on the command line, and return its exit code."""
    parser = command.Parser(prog="ops", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        added = commands.add_parser(name, description=module.__doc__, help=module.HELP)
        added.add_argument("environment", metavar="ENV", type=command.environment, help="the environment")
        added.add_argument("--json", action="store_true", help="print the answer as JSON")
        added.set_defaults(answer=module.answer)
    return command.run(lambda: _answer(parser.parse_args()))


def _answer(arguments: argparse.Namespace) -> int:
    code: int = arguments.answer(arguments.environment, as_json=arguments.json)
    return code


if __name__ == "__main__":
    sys.exit(main())
