"""Set the number of tasks, until the next deployment with Terraform sets the number of the settings again."""

import argparse

from operations.actions import acting
from operations.actions.acting import Acting, ActionAnswer

HELP = "set the number of tasks in an emergency"
MOST = 5000
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"""


class Scaled(ActionAnswer):
    """The change of the desired count."""

    before: int
    count: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("count", metavar="COUNT", type=_count, help=f"the number of tasks, 0 to {MOST}")
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Set the desired count of the service, and return the exit code."""
    scaling = Acting.begin(arguments, "scale")
    runs, count = scaling.deployed.running(), arguments.count
    change = f"sets the desired count of the service from {runs.desired_count} to {count}"
    scaling.confirm(change)
    scaling.deployed.service_control.scale(count)
    found = Scaled(**scaling.source, change=change, before=runs.desired_count, count=count)
    return scaling.end(found, f"The desired count is {count}. The next `make diff` shows the change.")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {MOST}, got {text[:40]!a}")
    return int(text)
