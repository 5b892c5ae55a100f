"""The stacks of one environment, planned and applied in the order of their dependencies."""

from collections.abc import Sequence
from pathlib import Path

from operations.diff.plan import changes
from operations.diff.summary import StackChanges
from settings.names import StackNames
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError

CROSS_STACK = "output.cross-stack-output-"
"""What cdktf calls the outputs that other stacks read."""


def of(environment: str) -> list[str]:
    """The stacks that are deployed together with every change, each after those that it reads from."""
    return StackNames(environment).deployment_order


def plan(cdktf: Cdktf, stack: str, *, before: Sequence[StackChanges]) -> StackChanges:
    """Plan a stack after those that it reads from; its plan stays in its folder for `apply`.

    It has none, and waits, where what it reads is not deployed as those before it are planned: Terraform would plan it
    against what is deployed now.
    """
    read = cdktf.dependencies(stack)
    if waits_for := sorted(other.stack for other in before if other.stack in read and _keeps_others_waiting(other)):
        return StackChanges(stack, waits_for=waits_for)
    try:
        return StackChanges(stack, changes(cdktf.plan(stack)))
    except CommandError as error:
        return StackChanges(stack, error=_errors(error.output))


def plans(cdktf: Cdktf, environment: str) -> list[tuple[str, Path]]:
    """Each stack with its plan's file, whether it is there or not."""
    return [(stack, cdktf.plan_file(stack)) for stack in of(environment)]


def summary_file(output_folder: Path, environment: str) -> Path:
    """Where the summary of an environment's last diff lies."""
    return output_folder / f"diff-{environment}.md"


def _keeps_others_waiting(stack: StackChanges) -> bool:
    """Whether what others read of it is not known before it is deployed."""
    moved = (change.address.startswith(CROSS_STACK) and change.verb != "destroy" for change in stack.changes)
    return bool(stack.error or stack.waits_for) or any(moved)


def _errors(output: str) -> str:
    """What Terraform said was wrong, without what it said before."""
    text = "\n".join(line.rstrip() for line in output.splitlines())
    before, error, after = text.partition("Error: ")
    return (error + after or before).strip()
