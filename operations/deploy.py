"""The program behind `make deploy` and `make destroy`: runs cdktf for the stacks of an environment."""

import sys

from operations import command, recorded_service
from operations.diff import stacks
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
    if destroy:
        return wrapper.run(["destroy", *stacks.of(settings.environment)])
    recorded_service.check(settings, "deploy")
    return wrapper.run(["deploy", *stacks.of(settings.environment)])


if __name__ == "__main__":
    sys.exit(main())
