"""Print the outputs of the registry, DNS and main stacks of an environment, one per line."""

import argparse
import json
import sys
from collections.abc import Iterator

from pydantic import JsonValue

from operations import command
from operations.command import ERRORS
from operations.commands.answer import Answer
from operations.diff import stacks
from operations.sessions import heading
from tools.toolchain.cli import Cdktf
from tools.toolchain.program import refuse

HELP = "print the outputs of the stacks"


class Outputs(Answer):
    """The outputs of the stacks. The command reads them from Terraform's state, so it does not know the account."""

    outputs: dict[str, JsonValue]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add no options: `ops outputs` has only those of all commands."""


def answer(arguments: argparse.Namespace) -> int:
    """Print the outputs of an environment, and return the exit code."""
    environment: str = arguments.environment
    settings = command.settings(environment)
    # Standard output has only the outputs, because other programs read it.
    status = ERRORS.status(f"{heading(settings, None)}: reading the outputs")
    with stacks.command_line(environment, by=f"ops outputs {environment}") as cdktf, status:
        cdktf.synth()
        found = Outputs(environment=environment, region=settings.region, outputs=dict(_outputs(cdktf, environment)))
    if not found.outputs:
        return refuse(f"{environment}: is not deployed; its stacks have no outputs")
    if arguments.json:
        found.write_json()
    else:
        sys.stdout.write("".join(f"{name} = {_line(value)}\n" for name, value in found.outputs.items()))
    return 0


def _outputs(cdktf: Cdktf, environment: str) -> Iterator[tuple[str, JsonValue]]:
    """Yield the name and the value of each output, except outputs for other stacks."""
    for stack in stacks.of(environment):
        for name, value in sorted(cdktf.outputs(stack).items()):
            if not f"output.{name}".startswith(stacks.CROSS_STACK):
                yield name, value


def _line(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)
