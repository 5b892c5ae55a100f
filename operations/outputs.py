"""The program behind `make outputs`: prints the outputs of an environment's stacks, one per line."""

import json
import os
import sys
from collections.abc import Iterator

from rich.console import Console

from operations import command
from operations.diff import stacks
from tools import toolchain
from tools.toolchain import lock
from tools.toolchain.cli import Cdktf
from tools.toolchain.program import refuse


def main() -> int:
    """Print the outputs of the environment on the command line, and return the exit code."""
    parser = command.Parser(prog="make outputs", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    return command.run(lambda: _run(parser.parse_args().environment))


def _run(name: str) -> int:
    environment, folder = command.settings(name).environment, toolchain.output_folder()
    cdktf = Cdktf(folder.parent, output_folder=folder, variables=os.environ, on_progress=lambda _: None)
    # Standard output has only the outputs, because other programs read it.
    status = Console(stderr=True).status("reading the outputs")
    with lock.held(folder, by=f"make outputs ENV={name}"), status:
        cdktf.synth()
        found = list(lines(cdktf, environment))
    if not found:
        return refuse(f"{environment}: is not deployed; its stacks have no outputs")
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 0


def lines(cdktf: Cdktf, environment: str) -> Iterator[str]:
    """Yield `name = value` for each output, except outputs for other stacks. Values that are not text become JSON."""
    for stack in stacks.of(environment):
        for name, value in sorted(cdktf.outputs(stack).items()):
            if not f"output.{name}".startswith(stacks.CROSS_STACK):
                yield f"{name} = {value if isinstance(value, str) else json.dumps(value)}"


if __name__ == "__main__":
    sys.exit(main())
