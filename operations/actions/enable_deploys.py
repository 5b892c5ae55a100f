"""Let executions of the pipeline deploy again, after `ops disable-deploys`."""

import argparse

from operations.actions import acting
from operations.actions.acting import Acting
from operations.actions.deploys import MAY_BE_CHANGED, Transition

HELP = "let pushes go live again, after disable-deploys"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    acting.add_yes(parser)


def answer(arguments: argparse.Namespace) -> int:
    """Enable the transition into the stage that deploys, and return the exit code."""
    enabling = Acting.begin(arguments, "enable-deploys")
    before = Transition.read(enabling)
    stage = before.stage
    if not stage.disabled:
        enabling.report(f"enable-deploys: changes nothing, because the transition into {stage.name} is enabled")
        return before.end("", "Pushes go live.", disabled="")
    change = f"enables the transition into the stage {stage.name}, which is disabled ({stage.disabled_details})"
    enters = f". Execution {', '.join(stage.waiting)} waits, and deploys then" if stage.waiting else ""
    enabling.confirm(f"{change}{enters}")
    with enabling.on_interrupt(MAY_BE_CHANGED):
        enabling.deployed.pipeline_control.enable_transition(stage.name)
    shown = "Pushes go live." if not stage.waiting else "The execution that waited continues; `ops status` shows it."
    return before.end(change, shown, disabled="")
