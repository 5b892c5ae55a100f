"""Wait until the image of the last push is live, or has failed. This changes nothing.

The last push is the image with the watched tag, or the newest image with a tag that matches the watched pattern.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from operations import command, delivery
from operations.command import CONSOLE, ERRORS
from operations.commands.answer import Exit, SystemAnswer
from operations.commands.options import number
from operations.commands.reading import Reading
from operations.commands.table import write
from operations.commands.wait import push
from operations.commands.wait.push import LastPush
from operations.commands.why import aftermath
from operations.commands.why.answer import Why
from operations.sessions import heading
from operations.system.deployed import DeployedEnvironment
from operations.system.pipeline import IN_PROGRESS
from tools.outside import OutsideError

HELP = "wait until the last push is live, or has failed"
MINUTES, MOST = 60, 1440
SECONDS_OF_A_MINUTE = 60


class Waited(SystemAnswer):
    """The end of the delivery of the last push."""

    outcome: Literal["live", "failed"]
    image: str
    """The digest."""
    tags: tuple[str, ...]
    pushed: datetime
    execution: str | None
    """The id of the execution. None if no execution among the newest 100 has deployed the image."""
    revision: str
    """The revision that the service runs, as `shop-dev:7`."""
    fault: str
    """Why the image is not live. Empty if it is."""
    why: Why | None
    """What `ops why` says after a failure."""

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        return Exit.UNUSUAL if self.outcome == "failed" else Exit.OK


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--timeout", metavar="MINUTES", type=number(1, MOST), default=MINUTES, help=f"by default {MINUTES} minutes"
    )


def answer(arguments: argparse.Namespace) -> int:
    """Wait for the end of the delivery, print it, and return the exit code."""
    report = partial(command.report, console=ERRORS if arguments.json else CONSOLE)
    reading = Reading.begin(arguments.environment, "wait")
    report(f"{heading(reading.settings, reading.caller)}\n")
    found = push.find(reading.deployed)
    report(f"last push: {found.digest} ({', '.join(found.tags)}), {found.pushed.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    with command.on_interrupt("the delivery continues; `ops status` shows it", console=ERRORS):
        try:
            waited = _wait(reading, found, report, SECONDS_OF_A_MINUTE * arguments.timeout)
        except TimeoutError as error:
            raise OutsideError(f"{reading.settings.environment}: {error}; see ops why, or wait again") from None
    if arguments.json:
        waited.write_json()
    elif waited.why:
        write(*aftermath.rendered(waited.fault, waited.why))
    return waited.exit_code


def _wait(reading: Reading, last: LastPush, report: Callable[[str], None], seconds: float) -> Waited:
    deadline, deployed = time.monotonic() + seconds, reading.deployed
    execution = push.execution(deployed, last, seconds)
    if execution and execution.status in IN_PROGRESS:
        for stage in deployed.stages():
            if stage.disabled:
                report(f"the transition into the stage {stage.name} is disabled: {stage.disabled}")
        fault = delivery.follow(deployed, last.digest, execution.id, report, deadline - time.monotonic())
    else:
        fault = _ended(deployed, last, execution.id if execution else "", report, deadline - time.monotonic())
    return Waited(
        **reading.source,
        outcome="failed" if fault else "live",
        image=last.digest,
        tags=last.tags,
        pushed=last.pushed,
        execution=execution.id if execution else None,
        revision=deployed.running().revision,
        fault=fault,
        why=aftermath.read(reading) if fault else None,
    )


def _ended(
    deployed: DeployedEnvironment, last: LastPush, execution: str, report: Callable[[str], None], seconds: float
) -> str:
    """Return why the image is not live although no execution is deploying it. Wait for a deployment of the image."""
    runs, problem = deployed.running(), ""
    if runs.digest == last.digest:
        if runs.in_progress:
            problem = delivery.settle(deployed, deployed.deployments().primary, report, seconds)
            runs = deployed.running()
        if not problem and runs.fault:
            problem = f"{deployed.name}: the service runs the image, but is not healthy: {runs.fault}"
        if not problem:
            report(f"{deployed.name} runs {last.digest} ({runs.revision})")
        return problem
    other = runs.digest or runs.image
    if not execution:
        return f"{deployed.name}: {other} ({runs.revision}) has replaced the image meanwhile"
    problem = deployed.executions.follow(execution, report, seconds)
    return problem or f"{deployed.name}: execution {execution} succeeded, but {other} ({runs.revision}) runs now"
