"""Commands of cdktf and Terraform that raise an error unless they succeed."""

import re
import subprocess
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.outside import OutsideError
from tools.toolchain import processes
from tools.toolchain.provider import mirrored_versions

_CONSTRAINT = r"(?:[<>=!~]+ )?\d[\w.+-]*"
UNAVAILABLE = re.compile(rf"no available releases match the given constraints ({_CONSTRAINT}(?:, {_CONSTRAINT})*)")
"""Terraform's message if it cannot install any version of the provider that the constraints allow."""


class CommandError(OutsideError):
    """A command failed. The message has everything that the command printed."""

    def __init__(self, command: str, code: int, output: str) -> None:
        super().__init__(f"`{command}` exited with {code}. It printed:\n{output}")
        self.output = output


class ProviderError(CommandError):
    """The AWS provider cannot be installed in the version that the settings ask for."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)
        self.output = message


def run(
    command: list[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    on_line: processes.OnLine,
) -> None:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        cwd: The working folder.
        environment: All environment variables of the command.
        on_line: Called with each line that the command prints.

    Raises:
        ProviderError: Terraform cannot install the AWS provider.
        CommandError: The command failed for another reason.
    """
    code, output = processes.run(command, cwd=cwd, environment=environment, on_line=on_line)
    if code:
        raise _error(command, code, output, environment)


@contextmanager
def running(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a command while the block runs, and wait for its end at the end of the block.

    Raises:
        CommandError: The command failed.
    """
    with processes.started(command, cwd=cwd, environment=environment) as process:
        yield
        code, output = processes.result(process)
    if code:
        raise _error(command, code, output, environment)


def run_together(
    command: list[str], *, folders: Sequence[Path], environment: Mapping[str, str], success: Container[int]
) -> list[int | CommandError]:
    """Run a command in several folders at the same time. Return its exit code, or its error, for each folder."""
    ended = processes.run_together(command, folders=folders, environment=environment)
    return [code if code in success else _error(command, code, output, environment) for code, output in ended]


def answer(command: list[str], *, cwd: Path, environment: Mapping[str, str]) -> str:
    """Run a command and return its standard output.

    Raises:
        CommandError: The command failed. The message has its standard error.
    """
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise CommandError(" ".join(command), done.returncode, done.stderr)
    return done.stdout


def on_one_line(output: str) -> str:
    """Return the output of Terraform on one line. Terraform breaks the lines of an error, and draws a frame."""
    return " ".join(output.replace("│", "").split())


def _error(command: list[str], code: int, output: str, environment: Mapping[str, str]) -> CommandError:
    if wanted := UNAVAILABLE.search(on_one_line(output)):
        return ProviderError(_unavailable(wanted[1], environment))
    return CommandError(" ".join(command), code, output)


def _unavailable(wanted: str, environment: Mapping[str, str]) -> str:
    found = ", ".join(mirrored_versions(environment)) or "none on this disk"
    return (
        f"The AWS provider {wanted} cannot be installed here (found: {found}). Put such a version into the mirror. "
        "Or set aws_provider_versions to a version that the mirror has, and rehearse that version before you deploy: "
        'docs/operations.md, "Move to another AWS provider"'
    )
