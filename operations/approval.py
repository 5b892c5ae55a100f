"""The approval of a change in a protected environment: an answer at the terminal, or an option."""

import sys

from rich.console import Console
from rich.prompt import Confirm

from tools.outside import OutsideError


def require(environment: str, change: str, *, option: str, console: Console) -> None:
    """Ask at the terminal whether a change in a protected environment may be made.

    Args:
        environment: The name of the environment.
        change: The change, such as `the promotion` or `ops scale`.
        option: What approves the change without a question, such as `--yes`.
        console: The console for the question.

    Raises:
        OutsideError: The change is not approved, or standard input is not a terminal.
    """
    if not (sys.stdin and sys.stdin.isatty()):
        raise OutsideError(
            f"{environment}.protect: {change} needs an approval in a protected environment, and standard input is not "
            f"a terminal; approve it with {option}"
        )
    try:
        approved = Confirm.ask("Continue?", console=console, default=False)
    except EOFError:
        approved = False
    if not approved:
        raise OutsideError(f"{change} was not approved; nothing was changed")
