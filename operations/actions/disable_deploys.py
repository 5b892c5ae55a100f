"""Let no execution deploy. Executions wait before the stage that deploys, until `ops enable-deploys`."""

import argparse
import re

from operations.actions import acting
from operations.actions.acting import Acting
from operations.actions.deploys import MAY_BE_CHANGED, Transition

HELP = "let no push go live, until enable-deploys"
MOST = 300
REASON = rf"[a-zA-Z0-9!@ ().*?-]{{1,{MOST}}}"
"""https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_DisableStageTransition.html"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--reason", metavar="TEXT", type=_reason, required=True, help="why, for others who look")
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Disable the transition into the stage that deploys, and return the exit code."""
    disabling, reason = Acting.begin(arguments, "disable-deploys"), arguments.reason
    before = Transition.read(disabling)
    stage = before.stage
    change = f"disables the transition into the stage {stage.name} ({reason})"
    if stage.disabled == reason:
        change = ""
        disabling.report(
            f"disable-deploys: changes nothing, because the transition is disabled ({stage.disabled_details})"
        )
    elif stage.disabled:
        change = (
            f"replaces the reason of the disabled transition into the stage {stage.name} ({stage.disabled_details})"
        )
    if change:
        inside = f". Execution {stage.execution} is in the stage and continues" if stage.status == "InProgress" else ""
        disabling.confirm(f"{change}{inside}")
        with disabling.on_interrupt(MAY_BE_CHANGED):
            disabling.deployed.pipeline_control.disable_transition(stage.name, reason)
    lines = [f"No execution enters the stage {stage.name}. Pushes wait until `ops enable-deploys`."]
    return before.end(change, *lines, disabled=reason)


def _reason(text: str) -> str:
    if not re.fullmatch(REASON, text):
        raise argparse.ArgumentTypeError(
            f"must have 1 to {MOST} letters, digits, spaces and characters of !@().*?-, got {text[:40]!a}"
        )
    return text
