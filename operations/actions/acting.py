"""Acting: the frame of each command that changes an environment, from the caller to the exit code."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console, RenderableType

from operations import approval, command, reasons
from operations.command import CONSOLE, ERRORS
from operations.commands.answer import Answer, Exit
from operations.commands.reading import SECONDS, Reading
from operations.commands.table import plain, write
from operations.sessions import heading
from operations.system.deployed import DeployedEnvironment
from operations.wait import together
from settings import Settings
from tools.outside import OutsideError


class ActionAnswer(Answer):
    """The answer of a command that has changed the environment."""

    account: str
    caller: str
    """The ARN of the owner of the credentials."""
    change: str
    """The change, as the command announced it. Empty if there was nothing to change."""
    fault: str = ""
    """Why the result of the change is not good. Empty if it is good."""

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        return Exit.UNUSUAL if self.fault else Exit.OK


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add the option `--yes`."""
    parser.add_argument("--yes", action="store_true", help="do not ask, even if the environment is protected")


@dataclass(frozen=True)
class Acting:
    """One change of an environment with the credentials of the caller."""

    name: str
    """The name of the command."""
    reading: Reading
    json: bool
    """Whether standard output has only the answer, as JSON."""
    yes: bool
    """Whether the caller has approved the change on the command line."""
    to_errors: bool
    """Whether standard error has the announcement and the progress."""

    @classmethod
    def begin(cls, arguments: argparse.Namespace, name: str, *, to_errors: bool = False) -> "Acting":
        """Identify the caller, and print the account, the region, the environment and the caller.

        Args:
            arguments: The arguments, with the options of all commands and `--yes`.
            name: The name of the command, also for the role session, which CloudTrail shows.
            to_errors: Whether standard error has the announcement and the progress. With `--json` it always has them.

        Raises:
            OutsideError: The credentials cannot be used.
            SettingsError: The settings have an error, or lack the environment.
        """
        reading = Reading.begin(arguments.environment, name)
        made = cls(name, reading, arguments.json, arguments.yes, to_errors or arguments.json)
        made.report(f"{heading(made.settings, made.reading.caller)}\n")
        return made

    @property
    def settings(self) -> Settings:
        """The settings of the environment."""
        return self.reading.settings

    @property
    def deployed(self) -> DeployedEnvironment:
        """The environment."""
        return self.reading.deployed

    @property
    def source(self) -> dict[str, str]:
        """The members of `ActionAnswer`, except the change."""
        caller, settings = self.reading.caller, self.settings
        return {
            "environment": settings.environment,
            "region": settings.region,
            "account": caller.account,
            "caller": caller.arn,
        }

    def read(self, jobs: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Read parts of the environment at the same time, and return them.

        Raises:
            OutsideError: A part could not be read. The message has the reason.
        """
        with ERRORS.status("reading the environment"):
            found = together(jobs, SECONDS)
        for part, each in found.items():
            if isinstance(each, OutsideError):
                raise each
            if isinstance(each, Exception):
                raise OutsideError(f"{self.settings.environment}: the {part} was not read: {reasons.reason(each)}")
        return found

    def report(self, line: str) -> None:
        """Print a line about the progress."""
        command.report(line, console=self._console)

    def confirm(self, change: str) -> None:
        """Print what the command will do. If the environment is protected, ask for an approval.

        Args:
            change: The change as a sentence, such as `sets the desired count from 1 to 3`.

        Raises:
            OutsideError: The environment is protected, and the change is not approved.
        """
        self.report(f"{self.name}: {change}")
        if self.settings.protect and not self.yes:
            approval.require(self.settings.environment, f"ops {self.name}", option="--yes", console=self._console)

    @contextmanager
    def on_interrupt(
        self, consequence: str, *, errors: tuple[type[Exception], ...] = (BotoCoreError,)
    ) -> Iterator[None]:
        """Report the consequence of Ctrl-C inside the block, such as what AWS continues. Note it in an error, too.

        Args:
            consequence: The consequence.
            errors: The errors that leave AWS to continue. By default, AWS has given no answer.
        """
        with command.on_interrupt(consequence, console=self._console):
            try:
                yield
            except errors as error:
                error.add_note(consequence)
                raise

    def following(self, consequence: str) -> AbstractContextManager[None]:
        """Report what AWS continues if Ctrl-C or an error of AWS ends the block, which only reads."""
        return self.on_interrupt(consequence, errors=(BotoCoreError, ClientError))

    def end(self, found: ActionAnswer, *shown: RenderableType) -> int:
        """Print the answer, and return the exit code.

        Args:
            found: The answer.
            shown: The answer as tables and texts, if it is not printed as JSON.
        """
        if self.json:
            found.write_json()
        elif shown:
            write(*(plain(each) if isinstance(each, str) else each for each in shown))
        return found.exit_code

    @property
    def _console(self) -> Console:
        return ERRORS if self.to_errors else CONSOLE
