"""What the programs of this room have in common: where they look, and how they end."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from settings import Settings, SettingsError, find
from tools import toolchain
from tools.toolchain.cli import CommandError
from tools.toolchain.variables import VariableError

CONSOLE = Console()
ERROR = 1
INTERRUPTED = 130
EXPECTED = (SettingsError, VariableError, CommandError, ClientError, BotoCoreError, OSError)
"""What can go wrong without this project being wrong; its message says all."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line as an error, with 1: argparse's own 2 stands for changes here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"{self.prog}: error: {message}\n")


def settings(environment: str) -> Settings:
    """The environment's settings, from where main.py looks, too."""
    return find(Path(os.environ.get("ENVIRONMENTS_FILE") or toolchain.ROOT / "environments.toml"), environment)


def output_folder() -> Path:
    """The output folder of cdktf, from where cdktf looks, too."""
    return Path(os.environ.get("CDKTF_OUTPUT") or toolchain.ROOT / "cdktf.out")


def run(program: Callable[[], int]) -> int:
    """Run a program to its exit code; what went wrong is told in one message."""
    # As Ctrl-C does, so that what was started is ended in an orderly way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return program()
    except EXPECTED as error:
        return refuse(str(error))
    except KeyboardInterrupt:
        return refuse("interrupted", code=INTERRUPTED)


def refuse(message: str, *, code: int = ERROR) -> int:
    """Say what is wrong; the exit code that goes with it."""
    Console(stderr=True).print(f"✗ {message}", soft_wrap=True, highlight=False, markup=False)
    return code
