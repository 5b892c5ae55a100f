"""The program behind `make deploy` and `make destroy`: runs cdktf for the stacks of an environment."""

import sys

import botocore.session

from operations import command
from operations.diff import stacks
from tools.toolchain import wrapper
from tools.toolchain.program import refuse

NO_CREDENTIALS = (
    "there are no AWS credentials: log in (`aws sso login`), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID "
    "and AWS_SECRET_ACCESS_KEY. Without an AWS account: make rehearse"
)


def main() -> int:
    """Run cdktf for the environment on the command line, and return the exit code."""
    parser = command.Parser(prog="python -m operations.deploy", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    parser.add_argument("--destroy", action="store_true", help="destroy the environment")
    arguments = parser.parse_args()
    return command.run(lambda: _run(arguments.environment, destroy=arguments.destroy))


def _run(name: str, *, destroy: bool) -> int:
    environment = command.settings(name).environment
    if not _has_credentials():
        return refuse(NO_CREDENTIALS)
    return wrapper.run(["destroy" if destroy else "deploy", *stacks.of(environment)])


def _has_credentials() -> bool:
    """Return whether there are credentials. Without them, the AWS provider would fail for each stack.

    https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    """
    with command.aws_configuration():
        return botocore.session.get_session().get_credentials() is not None


if __name__ == "__main__":
    sys.exit(main())
