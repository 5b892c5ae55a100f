"""Answer: what a command has read, and the exit codes of all commands."""

import sys
from enum import IntEnum

from pydantic import BaseModel, ConfigDict

from tools.toolchain import program


class Exit(IntEnum):
    """The exit codes. docs/operations.md documents them.

    As in `terraform plan -detailed-exitcode`, 1 is an error, and 2 an answer that asks for attention.
    https://developer.hashicorp.com/terraform/cli/commands/plan
    """

    OK = 0
    ERROR = program.ERROR
    """The command could not answer. The message is on standard error."""
    UNUSUAL = 2
    """The answer has something unusual."""
    PARTIAL = 3
    """A part is not deployed, or could not be read. The other parts show nothing unusual."""


class NotRead(BaseModel):
    """A part of an answer that is missing."""

    model_config = ConfigDict(frozen=True)

    part: str
    reason: str


class Answer(BaseModel):
    """The answer of a command. Its JSON has a schema, which scripts can depend on."""

    model_config = ConfigDict(frozen=True)

    environment: str
    region: str

    def write_json(self) -> None:
        """Write the answer to standard output."""
        sys.stdout.write(f"{self.model_dump_json(indent=2)}\n")


class SystemAnswer(Answer):
    """The answer of a command that has read AWS. A part that is missing is None or empty, and in `not_read`."""

    account: str
    caller: str
    """The ARN of the owner of the credentials."""
    not_read: list[NotRead]

    @property
    def exit_code(self) -> Exit:
        """The exit code of the command."""
        return Exit.PARTIAL if self.not_read else Exit.OK
