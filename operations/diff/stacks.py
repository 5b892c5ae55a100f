"""The stacks of one environment, planned and applied in the order of their dependencies."""

from collections.abc import Sequence
from pathlib import Path

from operations.diff.plan import changes
from operations.diff.summary import StackChanges
from settings.names import StackNames
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError

CROSS_STACK = "output.cross-stack-output-"
"""The beginning of the addresses of outputs that cdktf makes for other stacks."""


def of(environment: str) -> list[str]:
    """Return the stacks of a deployment. Each stack comes after the stacks that it reads from."""
    return StackNames(environment).deployment_order


def plan(cdktf: Cdktf, stack: str, *, before: Sequence[StackChanges]) -> StackChanges:
    """Plan a stack, and save the plan in the folder of the stack for `apply`.

    A stack is not planned if it reads from a stack that could not be planned, that waits for another stack, or that
    will create or change an output. Otherwise, Terraform would plan with the outputs that are deployed now.

    Args:
        cdktf: The command line.
        stack: The stack.
        before: The changes of the stacks that are deployed before this one.
    """
    read = cdktf.dependencies(stack)
    if waits_for := sorted(other.stack for other in before if other.stack in read and _blocks_others(other)):
        return StackChanges(stack, waits_for=waits_for)
    try:
        return StackChanges(stack, changes(cdktf.plan(stack)))
    except CommandError as error:
        return StackChanges(stack, error=_errors(error.output))


def plans(cdktf: Cdktf, environment: str) -> list[tuple[str, Path]]:
    """Return each stack with the path of its plan. The file may not exist."""
    return [(stack, cdktf.plan_file(stack)) for stack in of(environment)]


def summary_file(output_folder: Path, environment: str) -> Path:
    """Return the file with the summary of an environment's last diff."""
    return output_folder / f"diff-{environment}.md"


def _blocks_others(stack: StackChanges) -> bool:
    """Return whether stacks that read from this stack must wait until it is deployed."""
    moved = (change.address.startswith(CROSS_STACK) and change.verb != "destroy" for change in stack.changes)
    return bool(stack.error or stack.waits_for) or any(moved)


def _errors(output: str) -> str:
    """Return the errors in Terraform's output, without the lines before them."""
    text = "\n".join(line.rstrip() for line in output.splitlines())
    before, error, after = text.partition("Error: ")
    return (error + after or before).strip()
