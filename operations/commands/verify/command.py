"""Check what an image or a revision needs to start, before it is deployed. Nothing is changed."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from rich.console import Group, RenderableType

from operations import reasons
from operations.command import CONSOLE
from operations.commands import frame
from operations.commands.reading import Reading
from operations.commands.verify import image, network, roles, secrets, subject
from operations.commands.verify.answer import Verification
from operations.commands.verify.subject import Subject
from operations.preflight import report, runner
from operations.preflight.credentials import EXPECTED
from operations.preflight.finding import Finding, Kind, not_checked
from operations.system.deployed import DeployedEnvironment

HELP = "check what an image or a revision needs to start"

NOT_READ: tuple[type[Exception], ...] = (*EXPECTED, *reasons.UNREADABLE)
Check = Callable[[DeployedEnvironment, Subject], Iterable[Finding]]
CHECKS: dict[str, Check] = {
    image.PLACE: image.check,
    secrets.PLACE: secrets.check,
    roles.PLACE: roles.check,
    roles.PULL: roles.pull,
    roles.LOGS: roles.log_group,
    network.BALANCER: network.from_load_balancer,
    network.DATABASE: network.to_database,
    network.SERVICES: network.to_services,
    network.SUBNETS: network.subnets,
}
"""The checks. If a check raises an error, the place says what was not checked."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names an image or a revision."""
    parser.add_argument(
        "subject",
        metavar="IMAGE",
        nargs="?",
        help="the digest or the tag of an image, or a revision such as 7; by default the image with the watched tag",
    )


def answer(arguments: argparse.Namespace) -> int:
    """Print the findings, and return the exit code."""
    return frame.answer(arguments, "verify", partial(read, wanted=arguments.subject), rendered)


def read(reading: Reading, wanted: str | None) -> Verification:
    """Make all checks of an image or a revision."""
    chosen: Subject | None = None
    try:
        chosen = subject.find(reading.deployed, wanted)
        findings = [*_checked(reading.deployed, chosen)]
    except NOT_READ as error:
        findings = [not_checked("revision", reasons.reason(error))]
    for each in findings:
        if each.kind is Kind.NOT_CHECKED:
            reading.miss(each.place, each.text.removeprefix("because "))
    return Verification(
        revision=chosen.definition.name if chosen else None,
        image=chosen.image if chosen else None,
        findings=findings,
        **reading.source,
    )


def rendered(found: Verification) -> list[RenderableType]:
    """Return the findings, and below the findings their number."""
    return [Group(*report.rendered(found.findings, CONSOLE.width)), "", report.summary(found.findings)]


def _checked(deployed: DeployedEnvironment, chosen: Subject) -> Iterator[Finding]:
    checks: runner.Checks = {place: partial(check, deployed, chosen) for place, check in CHECKS.items()}
    return runner.run(checks, lambda _ended, _number: None)
