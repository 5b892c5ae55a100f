"""Show what runs in an environment, the pipeline, the certificate and the database, and what is unusual."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

from operations import command
from operations.command import ERRORS
from operations.commands import status_table
from operations.commands.reading import Reading
from operations.commands.status_answer import Status, judged
from operations.sessions import heading

HELP = "show what runs, what is in progress and what is unusual"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add no options: `ops status` has only those of all commands."""


def answer(arguments: argparse.Namespace) -> int:
    """Print the status of an environment, and return the exit code."""
    reading = Reading.begin(arguments.environment, "status")
    with ERRORS.status("reading the environment"):
        status = read(reading)
    if arguments.json:
        status.write_json()
    else:
        command.report(f"{heading(reading.settings, reading.caller)}\n")
        status_table.show(status)
    return status.exit_code


def read(reading: Reading) -> Status:
    """Read all parts of an environment. A part that cannot be read is in `not_read`, with the reason."""
    deployed = reading.deployed
    found = reading.parts(
        {
            "service": deployed.running,
            "pipeline": deployed.stages,
            "certificate": deployed.certificate,
            "database": deployed.database,
        }
    )
    later: dict[str, Callable[[], Any]] = {}
    if "service" not in found:
        reading.miss("image", "the service was not read")
    elif digest := found["service"].digest:
        later["image"] = partial(deployed.image, digest)
    if "database" not in found:
        reading.miss("password", "the database was not read")
    else:
        later["password"] = partial(deployed.password, found["database"])
    read_parts = found | reading.parts(later)
    return judged(Status(in_progress=[], unusual=[], **reading.source, **read_parts))
