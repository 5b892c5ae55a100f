"""Deploy, through the pipeline, the image that ran healthily before, or another image.

The image gets the settings that run now. The tags in the repository do not move.
"""

import argparse
from collections.abc import Iterator
from typing import Any

from operations import delivery
from operations.actions import acting
from operations.actions.acting import Acting
from operations.actions.rollback import obstacles
from operations.actions.rollback.answer import RolledBack
from operations.actions.rollback.choice import Choice, choose
from operations.actions.rollback.situation import Situation
from operations.commands.table import short
from operations.commands.why import aftermath
from tools.outside import OutsideError

HELP = "deploy the image that ran before, or another image"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--to",
        metavar="IMAGE",
        help="a digest, its first 12 characters, a tag, or a revision such as 7; by default the image that ran before",
    )
    parser.add_argument(
        "--force", action="store_true", help="deploy the image even if it never ran healthily, or lacks the platform"
    )
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Deploy an image, wait until it is live, and return the exit code."""
    rolling = Acting.begin(arguments, "rollback")
    situation = Situation.read(rolling)
    choice = _choice(rolling, situation, arguments.to)
    if not choice:
        text = f"{situation.undone}, so {_running(situation)} runs again; to go further back, use --to"
        return _unchanged(rolling, situation, text)
    execution = situation.deploys(choice.digest)
    if choice.digest == situation.runs.digest and not (situation.runs.fault or execution):
        return _unchanged(rolling, situation, f"{_running(situation)} runs already")
    obstacles.refuse_disabled(rolling.deployed, situation)
    if execution:
        rolling.report(f"execution {execution.id} already deploys {short(choice.digest)}; the command follows it")
        return _follow(rolling, situation, choice, "", execution.id)
    if choice.digest == situation.runs.digest and situation.runs.in_progress:
        return _settle(rolling, situation, choice)
    _check(rolling, situation, choice, force=arguments.force)
    for note in _notes(situation):
        rolling.report(note)
    change = f"deploys {short(choice.digest)}, {choice.source}, in place of {_running(situation)}"
    rolling.confirm(change)
    with rolling.on_interrupt(f"an execution that has started continues; --to {short(choice.digest)} follows it"):
        started = rolling.deployed.executions.start(choice.digest)
    return _follow(rolling, situation, choice, change, started)


def _choice(rolling: Acting, situation: Situation, wanted: str | None) -> Choice | None:
    """Return the image to deploy. Return None if the last deployment is undone already, and no image is named."""
    if wanted is None and (back := situation.back):
        return Choice(back.digest, "the image of a roll-back in progress")
    if wanted is None and situation.undone:
        return None
    return choose(rolling.deployed, situation, wanted)


def _check(rolling: Acting, situation: Situation, choice: Choice, *, force: bool) -> None:
    name, runs = rolling.settings.environment, situation.runs
    obstacles.refuse_gone(rolling.deployed, situation, choice)
    found = [*obstacles.doubts(rolling.deployed, situation, choice)]
    if choice.digest == runs.digest:
        found.append(f"the service runs it already, and is not healthy: {runs.fault} (ops why {name})")
    if found and not force:
        raise OutsideError(
            f"{name}: {short(choice.digest)}, {choice.source}: {'; '.join(found)}. Deploy it anyway with --force"
        )
    for doubt in found:
        rolling.report(f"--force: {doubt}")


def _notes(situation: Situation) -> Iterator[str]:
    """Yield what happens to other executions in progress."""
    superseded = situation.settings.pipeline.execution_mode == "SUPERSEDED"
    for each in situation.in_progress:
        then = "supersedes it if it waits for a stage, and otherwise waits for it" if superseded else "waits for it"
        yield f"execution {each.id} deploys {short(each.digest) or 'an image'}; the execution of the roll-back {then}"


def _follow(rolling: Acting, situation: Situation, choice: Choice, change: str, execution: str) -> int:
    """Wait for the end of an execution, and print the result."""
    follow = f"ops rollback {rolling.settings.environment} --to {short(choice.digest)}"
    with rolling.following(f"execution {execution} continues; `{follow}` follows it"):
        problem = delivery.follow(rolling.deployed, choice.digest, execution, rolling.report)
    return _finish(rolling, situation, choice, problem, change=change, execution=execution)


def _settle(rolling: Acting, situation: Situation, choice: Choice) -> int:
    """Wait for the end of a deployment of the image that no execution has started, and print the result."""
    primary = situation.service.primary
    with rolling.following(f"deployment {primary.id} continues; `ops status` shows it"):
        rolling.report(f"deployment {primary.id} already deploys {short(choice.digest)}; the command follows it")
        problem = delivery.settle(rolling.deployed, primary, rolling.report)
    return _finish(rolling, situation, choice, problem)


def _finish(rolling: Acting, situation: Situation, choice: Choice, problem: str, **members: Any) -> int:
    """Print the result of a deployment, and the cause if it has failed."""
    why = aftermath.read(rolling.reading) if problem else None
    found = _answer(
        rolling,
        situation,
        **{"change": ""} | members,
        outcome="failed" if problem else "live",
        image=choice.digest,
        revision=rolling.deployed.running().revision,
        fault=problem,
        why=why,
    )
    if why:
        return rolling.end(found, *aftermath.rendered(problem, why))
    for line in _tags(rolling, choice.digest):
        rolling.report(line)
    return rolling.end(found)


def _unchanged(rolling: Acting, situation: Situation, text: str) -> int:
    runs = situation.runs
    image = runs.digest or runs.image
    found = _answer(rolling, situation, change="", outcome="unchanged", image=image, revision=runs.revision)
    rolling.report(f"{rolling.settings.environment}: {text}. Nothing was changed.")
    return rolling.end(found)


def _answer(rolling: Acting, situation: Situation, **members: Any) -> RolledBack:
    source: dict[str, Any] = rolling.source | {"execution": None, "why": None}
    return RolledBack(**source | {"before": situation.runs.digest} | members)


def _running(situation: Situation) -> str:
    runs = situation.runs
    return f"{short(runs.digest or '') or runs.image} ({runs.revision})"


def _tags(rolling: Acting, digest: str) -> Iterator[str]:
    """Yield what the next push and the next deployment with Terraform do."""
    yield "The next push and the next deployment with Terraform work as usual. `make diff` does not show the roll-back."
    tag = rolling.settings.pipeline.moving_tag
    if not tag:
        return
    tagged = rolling.deployed.repository.tagged(tag)
    if tagged and tagged != digest:
        yield f"The tag {tag} still names {short(tagged)}, which an execution without a source revision would deploy."
