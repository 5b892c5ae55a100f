"""The program behind `make deploy` and `make destroy`: runs cdktf for the stacks of an environment."""

import sys

from operations import command, recorded_service
from operations.command import CONSOLE
from operations.diff import stacks
from operations.preflight import report
from operations.preflight.examination import examine
from operations.preflight.finding import Kind
from settings import Settings
from tools import toolchain
from tools.outside import OutsideError
from tools.toolchain import wrapper


def main() -> int:
    """Run cdktf for the environment on the command line, and return the exit code."""
    parser = command.Parser(prog="python -m operations.deploy", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    parser.add_argument("--destroy", action="store_true", help="destroy the environment")
    arguments = parser.parse_args()
    return command.run(lambda: _run(arguments.environment, destroy=arguments.destroy))


def _run(name: str, *, destroy: bool) -> int:
    settings = command.settings(name)
    command.require_credentials()
    if not destroy:
        _check(settings)
        recorded_service.check(settings, "deploy")
    command_line = ["destroy" if destroy else "deploy", *stacks.of(settings.environment)]
    return wrapper.run(command_line, selection=toolchain.of_environment(settings.environment))


def _check(settings: Settings) -> None:
    """Make the checks of `make preflight`, and print the problems and the warnings.

    Raises:
        OutsideError: There are problems.
    """
    examination = examine(settings, CONSOLE)
    shown = [each for each in examination.findings if each.kind in (Kind.PROBLEM, Kind.WARNING)]
    report.show(CONSOLE, examination.heading, shown)
    command.report(f"{report.summary(examination.findings)} (make preflight ENV={settings.environment} shows all)")
    if examination.problems:
        raise OutsideError(
            f"{settings.environment}: the deployment would fail; solve each problem above. To deploy without this "
            f"check: cdktf deploy {' '.join(stacks.of(settings.environment))}"
        )


if __name__ == "__main__":
    sys.exit(main())
