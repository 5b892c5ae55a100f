"""Show what runs in an environment, the pipeline, the certificate and the database, and what is unusual."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from operations.commands import frame, options, status_table
from operations.commands.reading import Reading
from operations.commands.status_answer import Status, judged
from operations.preflight.checks import domain
from operations.preflight.context import Context
from operations.preflight.finding import Finding

HELP = "show what runs, what is in progress and what is unusual"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    options.add_watch(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Print the status of an environment, and return the exit code."""
    answer_of = frame.watch if arguments.watch else frame.answer
    return answer_of(arguments, "status", read, status_table.rendered)


def read(reading: Reading) -> Status:
    """Read all parts of an environment. A part that cannot be read is in `not_read`, with the reason."""
    deployed = reading.deployed
    found = reading.parts(
        {
            "service": deployed.running,
            "pipeline": deployed.stages,
            "certificate": deployed.certificate,
            "database": deployed.database,
            "alarms": deployed.alarms,
        }
    )
    later: dict[str, Callable[[], Any]] = {}
    if "service" not in found:
        reading.miss("targets", "the service was not read")
        reading.miss("image", "the service was not read")
    else:
        later["targets"] = partial(deployed.targets, found["service"])
        if digest := found["service"].digest:
            later["image"] = partial(deployed.image, digest)
    if "certificate" not in found:
        reading.miss("delegation", "the certificate was not read")
    else:
        later["delegation"] = partial(_delegation, reading)
    if "database" not in found:
        reading.miss("password", "the database was not read")
    else:
        later["password"] = partial(deployed.password, found["database"])
    read_parts = found | reading.parts(later)
    return judged(Status(in_progress=[], unusual=[], **reading.source, **read_parts))


def _delegation(reading: Reading) -> Finding:
    """Return what the preflight finds about the delegation of the domain. The check reads no state."""
    [found] = domain.delegation(Context(reading.settings, reading.caller.client, state_folder=Path()))
    return found
