"""The common parts of all programs: command line, settings and errors."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from rich.console import Console

from settings import Settings, SettingsError, find
from settings.location import FILE_VARIABLE, settings_file
from tools import toolchain
from tools.outside import OutsideError
from tools.toolchain import program
from tools.toolchain.program import ERROR


class _Console(Console):
    """A console whose reader, such as `head`, can end. rich alone would end the program with 1."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error that rich has caught. Further lines are not printed."""
        self.quiet = True
        raise BrokenPipeError


CONSOLE = _Console(emoji=False)  # with emoji, the `:secret:` of an ARN would become a picture
ERRORS = _Console(stderr=True, emoji=False)
NO_CREDENTIALS = (
    "there are no AWS credentials: log in (`aws sso login`), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID "
    "and AWS_SECRET_ACCESS_KEY. Without an AWS account: make rehearse"
)
EXPECTED: tuple[type[Exception], ...] = (*program.OUTSIDE, SettingsError, ClientError, BotoCoreError)
"""The errors that are not faults of this project. Their messages are complete without a traceback."""


class Parser(argparse.ArgumentParser):
    """A parser that exits with 1 for a wrong command line. argparse exits with 2, which means "changes" here."""

    error_code = ERROR
    """The exit code for a wrong command line. A command can have its own."""
    takes_command = False
    """Whether the arguments after the first `--` are a command with its own options, for the argument `command`."""

    def parse_known_args(  # type: ignore[override] # the stubs have an overload for each type of namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the arguments. argparse alone would remove each further `--` from a command."""
        if not self.takes_command:
            return super().parse_known_args(args, namespace)
        given = [*(sys.argv[1:] if args is None else args)]
        end = given.index("--") if "--" in given else len(given)
        found, unknown = super().parse_known_args(given[:end], namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        if found.command and given[end:]:
            self.error(f"unexpected arguments before --: {' '.join(found.command)}")
        found.command = found.command or given[end + 1 :]
        if wrong := [each for each in found.command if not is_text(each)]:
            self.error(f"the command must be UTF-8, got {wrong[0][:40]!a}")
        return found, []

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 1."""
        self.print_usage(sys.stderr)
        self.exit(self.error_code, f"{self.prog}: error: {message}\n")


def is_text(argument: str) -> bool:
    """Return whether an argument of a command line is UTF-8. Python keeps each other byte as a lone surrogate."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def environment(text: str, *, variable: str = "ENV") -> str:
    """Return the name of an environment from a command line.

    The form of the name is checked here, because programs use the name in the names of files.

    Args:
        text: The argument.
        variable: The variable of make with the name, for error messages.

    Raises:
        ArgumentTypeError: The text cannot be the name of an environment.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", text):
        raise argparse.ArgumentTypeError(
            f"{variable} must name an environment: at most 32 lower-case letters, digits and hyphens, got {text[:40]!a}"
        )
    return text


def settings(environment: str) -> Settings:
    """Return the settings of an environment, from the same file as main.py."""
    return find(settings_file(os.environ), environment)


def note_rehearsal() -> None:
    """Tell a user at a terminal that a rehearsal is kept, if the variables of this shell do not lead to it."""
    if toolchain.KEPT_REHEARSAL.exists() and "AWS_ENDPOINT_URL" not in os.environ and sys.stderr.isatty():
        report("This command uses AWS. To use the kept rehearsal instead: . .rehearsal/env", console=ERRORS)


def show_settings_file() -> None:
    """Print the path of the settings file, if it is not the project's own file."""
    if os.environ.get(FILE_VARIABLE):
        CONSOLE.print(
            f"settings: {settings_file(os.environ)} ({FILE_VARIABLE})", soft_wrap=True, highlight=False, markup=False
        )


@contextmanager
def aws_configuration() -> Iterator[None]:
    """Report each ValueError that botocore raises in the block as an error in the user's AWS configuration.

    Raises:
        OutsideError: A variable or file of the AWS configuration is malformed.
    """
    try:
        yield
    except ValueError as error:
        raise OutsideError(f"the AWS configuration cannot be used: {error}") from None


def require_credentials() -> None:
    """Raise if there are no AWS credentials. Without them, the AWS provider would fail for each stack.

    https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html

    Raises:
        OutsideError: There are no credentials.
    """
    with aws_configuration():
        if botocore.session.get_session().get_credentials() is None:
            raise OutsideError(NO_CREDENTIALS)


def report(text: str, *, console: Console = CONSOLE) -> None:
    """Print a line, as it is."""
    console.print(text, soft_wrap=True, highlight=False, markup=False)


@contextmanager
def on_interrupt(consequence: str, *, console: Console = CONSOLE) -> Iterator[None]:
    """Report the consequence of Ctrl-C inside the block."""
    try:
        yield
    except KeyboardInterrupt:
        report(consequence, console=console)
        raise


def run(main: Callable[[], int]) -> int:
    """Run a program and return its exit code. Expected errors are printed without a traceback."""

    def noted() -> int:
        note_rehearsal()
        try:
            return main()
        except EndpointConnectionError as error:
            if toolchain.KEPT_REHEARSAL.exists() and "127.0.0.1" in str(error):
                error.add_note("The local AWS of this rehearsal has ended. Run make down, then make rehearse KEEP=1.")
            raise

    return program.run(noted, *EXPECTED)
