"""What the programs of this room have in common: where they look, and how they end."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from settings import Settings, SettingsError, find
from settings.location import settings_file
from tools.outside import OutsideError
from tools.toolchain import program
from tools.toolchain.program import ERROR

CONSOLE = Console()
EXPECTED = (*program.OUTSIDE, SettingsError, ClientError, BotoCoreError)
"""What can go wrong without this project being wrong; the message of each says all."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line as an error, with 1: argparse's own 2 stands for changes here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"{self.prog}: error: {message}\n")


def environment(text: str, *, variable: str = "ENV") -> str:
    """Return the name of an environment from a command line. Files get this name, so its form is checked first.

    Raises:
        ArgumentTypeError: It cannot be one.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", text):
        raise argparse.ArgumentTypeError(
            f"{variable} must name an environment: lower case letters, digits and hyphens, at most 32, "
            f"got {text[:40]!a}"
        )
    return text


def settings(environment: str) -> Settings:
    """The environment's settings, from where main.py looks, too."""
    return find(settings_file(os.environ), environment)


@contextmanager
def aws_configuration() -> Iterator[None]:
    """In the block, botocore reads the user's variables and files of AWS, and raises ValueErrors of many kinds.

    Raises:
        OutsideError: One of them cannot be read.
    """
    try:
        yield
    except ValueError as error:
        raise OutsideError(f"the AWS configuration cannot be used: {error}") from None


def run(main: Callable[[], int]) -> int:
    """Run a program to its exit code; what went wrong is told in one message."""
    return program.run(main, *EXPECTED)
