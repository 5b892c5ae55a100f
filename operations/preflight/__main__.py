"""The program behind `make preflight`: checks what a deployment of an environment needs, and changes nothing."""

import sys

from operations import command
from operations.command import CONSOLE
from operations.preflight import report
from operations.preflight.examination import examine


def main() -> int:
    """Check the environment on the command line, and return the exit code: 1 if there are problems, otherwise 0."""
    parser = command.Parser(prog="make preflight", usage="make preflight ENV=<environment>", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    return command.run(lambda: _run(parser.parse_args().environment))


def _run(name: str) -> int:
    examination = examine(command.settings(name), CONSOLE)
    report.show(CONSOLE, examination.heading, examination.findings)
    command.report(f"\n{report.summary(examination.findings)}")
    return 1 if examination.problems else 0


if __name__ == "__main__":
    sys.exit(main())
