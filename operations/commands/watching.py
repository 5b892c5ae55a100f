"""Commands that can look again and again: the answer is redrawn at a terminal, and printed after a change in a log."""

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
from operations.commands.table import COLUMNS, text
from operations.sessions import heading

PAUSE_SECONDS = 5.0

Found = TypeVar("Found", bound=SystemAnswer)


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option `--watch`."""
    parser.add_argument("--watch", action="store_true", help="look again every few seconds, until Ctrl-C")


def answer(
    arguments: argparse.Namespace,
    name: str,
    read: Callable[[Reading], Found],
    rendered: Callable[[Found], list[RenderableType]],
) -> int:
    """Print the answer of a command, or the answers until Ctrl-C. Return the exit code.

    Args:
        arguments: The arguments, with the options of all commands and `--watch`.
        name: The name of the command.
        read: Reads the answer.
        rendered: Returns the tables of an answer.
    """
    reading = Reading.begin(arguments.environment, name)
    if not arguments.json and not (arguments.watch and CONSOLE.is_terminal):
        command.report(f"{heading(reading.settings, reading.caller)}\n")
    if arguments.watch:
        _watch(reading, read, rendered, as_json=arguments.json)
    with ERRORS.status(f"reading the {name}"):
        found = read(reading)
    if arguments.json:
        found.write_json()
    else:
        sys.stdout.write(text(*rendered(found)))
    return found.exit_code


def _watch(
    reading: Reading,
    read: Callable[[Reading], Found],
    rendered: Callable[[Found], list[RenderableType]],
    *,
    as_json: bool,
) -> NoReturn:
    previous = ""
    redraws = CONSOLE.is_terminal and not as_json
    with Live(console=CONSOLE, auto_refresh=False) if redraws else nullcontext() as live:
        while True:
            found = read(reading.again())
            shown = found.model_dump_json() if as_json else text(*rendered(found))
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
            if live:
                first, last = Text(heading(reading.settings, reading.caller)), Text(f"{now}; Ctrl-C ends")
                lines = [first, "", *rendered(found), "", last]
                live.update(Constrain(Group(*lines), COLUMNS), refresh=True)
            elif shown != previous:
                sys.stdout.write(f"{shown}\n" if as_json else f"{now}\n{shown}\n")
                sys.stdout.flush()
            previous = shown
            time.sleep(PAUSE_SECONDS)
