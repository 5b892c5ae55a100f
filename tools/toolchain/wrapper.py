"""The `cdktf` command of this project: the pinned version of cdktf, with the project's environment variables."""

import os
import re
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tools import toolchain
from tools.outside import OutsideError
from tools.toolchain import lock, processes

SYNTHESIZING = ("apply", "deploy", "destroy", "diff", "output", "outputs", "plan", "synth", "synthesize", "watch")
"""The commands, and their aliases, that write into the output folder.

https://developer.hashicorp.com/terraform/cdktf/cli-reference/commands
"""

AUTO_APPROVE = "--auto-approve"
APPROVAL_OPTION = re.compile(r"--(auto-approve|autoApprove)(=true)?")
HELP = {"--help", "-h", "--version"}
NEEDING_APPROVAL = ("apply", "deploy", "destroy")
"""The commands that ask for an approval, unless an option or a variable gives the approval."""


class TerminalError(OutsideError):
    """cdktf cannot ask for an approval without a terminal."""


def run(arguments: Sequence[str], *, selection: Sequence[str] = ()) -> int:
    """Run cdktf and return its exit code. An interruption ends everything that cdktf has started.

    The folder in `CDKTF_OUTPUT` is locked, even if an option names another folder.

    Args:
        arguments: The arguments of cdktf.
        selection: The options of main.py that select what is synthesized. By default, cdktf synthesizes everything.

    Raises:
        TerminalError: The command asks for an approval, but has no terminal.
        VariableError: One of the user's variables would change what Terraform does.
        LockedError: Another command works on the output folder.
    """
    commands = [argument for argument in arguments if argument in SYNTHESIZING]  # options may come first
    command = commands[0] if commands and not HELP & {*arguments} else ""
    if command in NEEDING_APPROVAL and not _is_approved(arguments):
        _refuse_without_terminal()
    environment = toolchain.environment(moves_state="--migrate-state" in arguments)
    if not sys.stdout.isatty():
        environment |= toolchain.PLAIN
    folder = toolchain.output_folder(environment)
    working = lock.held(folder, by=" ".join(["cdktf", *arguments])) if command in SYNTHESIZING else nullcontext()
    with working, _terminal_as_it_was():
        if selection:
            own = environment | {"CDKTF_OUTDIR": str(folder.absolute())}
            if code := processes.run_in_foreground(
                toolchain.synthesis(*selection), cwd=toolchain.ROOT, environment=own
            ):
                return code
            arguments = [*arguments, "--skip-synth"]
        return processes.run_in_foreground(
            [str(toolchain.CDKTF), *arguments], cwd=Path.cwd(), environment=toolchain.for_cdktf(environment)
        )


def _is_approved(arguments: Sequence[str]) -> bool:
    """Return whether an option or a variable gives the approval. Each option of cdktf has a variable."""
    given = os.environ.get("CDKTF_AUTO_APPROVE", "").lower() == "true"
    return given or any(APPROVAL_OPTION.fullmatch(argument) for argument in arguments)


def _refuse_without_terminal() -> None:
    """Raise TerminalError if there is no terminal. cdktf would print a traceback, or wait for an answer."""
    if not _has_terminal():
        raise TerminalError(
            "a deployment asks for an approval, which needs a terminal: run make diff and make apply, or cdktf with "
            f"{AUTO_APPROVE}"
        )


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """Restore the terminal's mode and cursor at the end. A killed cdktf leaves both changed."""
    if not _has_terminal():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stdout.write("\x1b[?25h")
        sys.stdout.flush()
