"""Set the number of tasks, until the next deployment with Terraform sets the number of the settings again."""

import argparse

from operations.actions import acting, steady
from operations.actions.acting import Acting, ActionAnswer
from operations.commands.options import number

HELP = "set the number of tasks in an emergency"
MOST = 5000
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"""


class Scaled(ActionAnswer):
    """The change of the desired count."""

    before: int
    count: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("count", metavar="COUNT", type=number(0, MOST), help=f"the number of tasks, 0 to {MOST}")
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Set the desired count of the service, wait for its tasks, and return the exit code."""
    scaling = Acting.begin(arguments, "scale")
    service, count = scaling.deployed.deployments(), arguments.count
    before = service.desired_count
    change = "" if count == before else f"sets the desired count of the service from {before} to {count}"
    if change:
        down = "" if count else ". No task will run, and the load balancer will answer each request with an error"
        deploys = ", while a deployment is in progress" if service.primary.rollout_state == "IN_PROGRESS" else ""
        scaling.confirm(f"{change}{deploys}{down}")
    else:
        scaling.report(f"scale: changes nothing, because the desired count of the service is {count} already")
    with scaling.on_interrupt("ECS continues to start or stop tasks, if the request has reached it; run ops status"):
        if change:
            scaling.deployed.service_control.scale(count)
        fault = steady.wait(scaling, service) or _changed(scaling, count)
    found = Scaled(**scaling.source, change=change, before=before, count=count, fault=fault)
    return scaling.end(found, *_rendered(found, scaling.settings.service.desired_count))


def _changed(scaling: Acting, count: int) -> str:
    """Return why the service runs another number of tasks, although it is healthy. Empty if it runs this number."""
    now = scaling.deployed.deployments().desired_count
    return (
        "" if now == count else f"the desired count of the service is {now} now, because somebody else has changed it"
    )


def _rendered(found: Scaled, declared: int) -> list[str]:
    runs = found.fault or ("No task runs." if not found.count else f"The service runs {found.count} tasks.")
    if found.count == declared:
        return [runs, f"The settings have the same number, {declared}, so `make diff` shows no change of it."]
    return [runs, f"The next `make diff` shows the change: the next deployment with Terraform sets {declared} again."]
