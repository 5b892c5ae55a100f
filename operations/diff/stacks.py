"""The stacks of one environment, planned and applied in the order of their dependencies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.diff.plan import changes
from operations.diff.summary import StackChanges
from settings.names import StackNames
from tools import toolchain
from tools.toolchain import lock
from tools.toolchain.cli import Cdktf, Planned
from tools.toolchain.commands import CommandError

CROSS_STACK = "output.cross-stack-output-"
"""The beginning of the addresses of outputs that cdktf makes for other stacks."""


def of(environment: str) -> list[str]:
    """Return the stacks of a deployment. Each stack comes after the stacks that it reads from."""
    return StackNames(environment).deployment_order


@contextmanager
def command_line(environment: str, *, by: str) -> Iterator[Cdktf]:
    """Yield cdktf and Terraform for the stacks of an environment. Hold the lock of the output folder for the block.

    Args:
        environment: The name of the environment.
        by: The command of the user, for the error that another command raises.

    Raises:
        LockedError: Another command works on the output folder.
        VariableError: The output folder contains the project.
    """
    folder = toolchain.output_folder()
    with lock.held(folder, by=by):
        yield Cdktf(
            folder.parent,
            output_folder=folder,
            variables=os.environ,
            selection=toolchain.of_environment(environment),
            on_progress=lambda _: None,
        )


def plan(cdktf: Cdktf, environment: str) -> Iterator[StackChanges]:
    """Plan the stacks of an environment at the same time, and yield the changes of each stack.

    The plans are saved in the folders of the stacks for `apply`. The plan of a stack is deleted if the stack reads from
    a stack that could not be planned, that waits for another stack, or that will create or change an output. Terraform
    has made that plan with the outputs that are deployed now.
    """
    found: list[StackChanges] = []
    for stack, planned in cdktf.make_plans(of(environment)).items():
        read = cdktf.dependencies(stack)
        if waits_for := sorted(other.stack for other in found if other.stack in read and _blocks_others(other)):
            cdktf.plan_file(stack).unlink(missing_ok=True)
            found.append(StackChanges(stack, waits_for=waits_for))
        else:
            found.append(_changes(cdktf, stack, planned))
        yield found[-1]


def plans(cdktf: Cdktf, environment: str) -> list[tuple[str, Path]]:
    """Return each stack with the path of its plan. The file may not exist."""
    return [(stack, cdktf.plan_file(stack)) for stack in of(environment)]


def summary_file(output_folder: Path, environment: str) -> Path:
    """Return the file with the summary of an environment's last diff."""
    return output_folder / f"diff-{environment}.md"


def _changes(cdktf: Cdktf, stack: str, planned: Planned) -> StackChanges:
    try:
        if planned.error:
            raise planned.error
        return StackChanges(stack, changes(cdktf.saved_plan(stack)) if planned.has_changes else [])
    except CommandError as error:
        return StackChanges(stack, error=_errors(error.output))


def _blocks_others(stack: StackChanges) -> bool:
    """Return whether stacks that read from this stack must wait until it is deployed."""
    moved = (change.address.startswith(CROSS_STACK) and change.verb != "destroy" for change in stack.changes)
    return bool(stack.error or stack.waits_for) or any(moved)


def _errors(output: str) -> str:
    """Return the errors in Terraform's output, without the lines before them."""
    text = "\n".join(line.rstrip() for line in output.splitlines())
    before, error, after = text.partition("Error: ")
    return (error + after or before).strip()
