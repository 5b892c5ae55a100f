"""The frame of each command that reads AWS: the caller, the answer as tables or JSON, and the exit code."""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.text import Text

from operations import command
from operations.command import CONSOLE, ERRORS
from operations.commands.answer import SystemAnswer
from operations.commands.reading import Reading
from operations.commands.table import COLUMNS, text, write
from operations.sessions import heading

PAUSE_SECONDS = 5.0

Found = TypeVar("Found", bound=SystemAnswer)


def answer(
    arguments: argparse.Namespace,
    name: str,
    read: Callable[[Reading], Found],
    rendered: Callable[[Found], list[RenderableType]],
) -> int:
    """Print the answer of a command, and return the exit code.

    Args:
        arguments: The arguments, with the options of all commands.
        name: The name of the command.
        read: Reads the answer.
        rendered: Returns the tables of an answer.
    """
    reading = Reading.begin(arguments.environment, name)
    if not arguments.json:
        command.report(f"{heading(reading.settings, reading.caller)}\n")
    with ERRORS.status("reading the environment"):
        found = read(reading)
    if arguments.json:
        found.write_json()
    else:
        write(*rendered(found))
    return found.exit_code


def watch(
    arguments: argparse.Namespace,
    name: str,
    read: Callable[[Reading], Found],
    rendered: Callable[[Found], list[RenderableType]],
) -> NoReturn:
    """Print the answer of a command until Ctrl-C: redraw it at a terminal, otherwise print it after each change.

    Args:
        arguments: The arguments, with the options of all commands.
        name: The name of the command.
        read: Reads the answer.
        rendered: Returns the tables of an answer.
    """
    reading = Reading.begin(arguments.environment, name)
    first = heading(reading.settings, reading.caller)
    redraws = CONSOLE.is_terminal and not arguments.json
    if not redraws and not arguments.json:
        command.report(f"{first}\n")
    previous = ""
    with Live(console=CONSOLE, auto_refresh=False) if redraws else nullcontext() as live:
        while True:
            found = read(reading.again())
            shown = found.model_dump_json() if arguments.json else text(*rendered(found))
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
            if live:
                lines = [Text(first), "", *rendered(found), "", Text(f"{now}; Ctrl-C ends")]
                live.update(Constrain(Group(*lines), COLUMNS), refresh=True)
            elif shown != previous:
                sys.stdout.write(f"{shown}\n" if arguments.json else f"{now}\n{shown}\n")
                sys.stdout.flush()
            previous = shown
            time.sleep(PAUSE_SECONDS)
