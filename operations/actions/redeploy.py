"""Start fresh tasks of the revision that runs, and wait until they have replaced the other tasks."""

import argparse
from typing import Literal

from operations import delivery
from operations.actions import acting
from operations.actions.acting import Acting, ActionAnswer
from operations.commands.why import aftermath
from operations.commands.why.answer import Why
from operations.system.deployments import Deployment, Deployments
from operations.system.service import Running
from tools.outside import OutsideError

HELP = "start fresh tasks of the revision that runs"


class Redeployed(ActionAnswer):
    """The deployment that has started the fresh tasks."""

    outcome: Literal["complete", "failed"]
    deployment: str
    """The id."""
    revision: str
    """The family and the revision, as `shop-dev:7`."""
    why: Why | None
    """What `ops why` says after a failure."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Start a deployment, wait for its end, and return the exit code."""
    restarting = Acting.begin(arguments, "redeploy")
    deployed = restarting.deployed
    found = restarting.read({"service": deployed.running, "deployments": deployed.deployments})
    runs: Running = found["service"]
    service: Deployments = found["deployments"]
    if runs.in_progress:
        deployment = _same_revision(restarting, service)
        restarting.report(f"deployment {deployment.id} starts fresh tasks already; the command follows it")
        return _follow(restarting, deployment, "")
    _check(restarting, runs)
    change = f"starts {runs.desired_count} fresh tasks of {runs.revision}, which replace the tasks that run"
    restarting.confirm(change)
    with restarting.on_interrupt("a deployment that has started continues; `ops redeploy` follows it"):
        deployment = deployed.service_control.redeploy()
    return _follow(restarting, deployment, change)


def _same_revision(restarting: Acting, service: Deployments) -> Deployment:
    """Return the deployment in progress if it starts fresh tasks of the revision that ran before.

    Raises:
        OutsideError: It deploys another revision, or is a roll-back.
    """
    primary = service.primary
    ran = {each.revision for each in service.deployments if each.rollout_state == "COMPLETED"}
    if primary.rolls_back or primary.revision not in ran:
        raise OutsideError(
            f"{restarting.settings.environment}: deployment {primary.id} of {primary.revision} is in progress "
            f"({primary.rollout_reason}), and fresh tasks would replace it; wait until it ends (ops wait)"
        )
    return primary


def _check(restarting: Acting, runs: Running) -> None:
    """Raise if no fresh task could start or be wanted.

    Raises:
        OutsideError: No task is desired, or the image is gone.
    """
    name = restarting.settings.environment
    if not runs.desired_count:
        raise OutsideError(f"{name}: the desired count is 0, so no fresh task would start; run ops scale {name} 1")
    named = runs.image.partition("/")[2].partition("@")
    if named[0] == restarting.settings.name and named[2] and not restarting.deployed.image(named[2]):
        raise OutsideError(
            f"{name}: the image that runs, {named[2]}, is gone from the repository {named[0]}, so no fresh task could "
            f"start; deploy another image (ops rollback {name})"
        )


def _follow(restarting: Acting, deployment: Deployment, change: str) -> int:
    """Wait for the end of a deployment, and print the result."""
    deployed, settings = restarting.deployed, restarting.settings
    with restarting.following(f"deployment {deployment.id} continues; `ops status` shows it"):
        restarting.report(f"deployment {deployment.id}")
        problem = delivery.settle(deployed, deployment, restarting.report)
    why = aftermath.read(restarting.reading) if problem else None
    found = Redeployed(
        **restarting.source,
        change=change,
        outcome="failed" if problem else "complete",
        deployment=deployment.id,
        revision=deployment.revision,
        fault=problem,
        why=why,
    )
    if why:
        return restarting.end(found, *aftermath.rendered(problem, why))
    restarting.report(f"{settings.environment} runs fresh tasks of {deployment.revision}")
    return restarting.end(found)
