"""The stacks of one environment, planned and applied in the order of their dependencies."""

import re
from pathlib import Path

from operations.plan import changes
from operations.summary import StackChanges
from settings import Settings
from toolchain.cli import PLAN, Cdktf, CommandError

UNREADABLE = re.compile(r"Unable to find remote state|Unsupported attribute")
UPSTREAM = re.compile(r"data\.terraform_remote_state\.cross-stack-reference-input-([a-z0-9-]+)")


def stacks(settings: Settings) -> list[str]:
    """The stacks that are deployed together with every change, each after those that it reads from."""
    return [f"{settings.environment}-{part}" for part in ("registry", "dns", "main")]


def plan(cdktf: Cdktf, stack: str) -> StackChanges:
    """Plan a stack; its plan stays in its folder for `apply`, and no other one does."""
    try:
        return StackChanges(stack, changes(cdktf.plan(stack)))
    except CommandError as error:
        waits_for = sorted(set(UPSTREAM.findall(error.output))) if UNREADABLE.search(error.output) else []
        return StackChanges(stack, waits_for=waits_for, error="" if waits_for else _errors(error.output))


def planned(cdktf: Cdktf, settings: Settings) -> list[tuple[str, Path]]:
    """Each stack with its plan's file, whether it is there or not."""
    return [(stack, cdktf.output_folder / "stacks" / stack / PLAN) for stack in stacks(settings)]


def _errors(output: str) -> str:
    """What Terraform said was wrong, without what it said before."""
    text = "\n".join(line.rstrip() for line in output.splitlines())
    before, error, after = text.partition("Error: ")
    return (error + after or before).strip()
