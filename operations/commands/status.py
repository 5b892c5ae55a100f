"""Show what runs in an environment, the pipeline, the certificate and the database, and what is unusual."""

from collections.abc import Callable
from functools import partial
from typing import Any

from operations import command, reasons
from operations.command import CONSOLE, ERRORS
from operations.commands import status_table
from operations.commands.answer import NotRead
from operations.commands.status_answer import Status, judged
from operations.deployed import DeployedEnvironment
from operations.preflight import credentials
from operations.sessions import Caller, heading
from operations.wait import together
from settings import Settings

HELP = "show what runs, what is in progress and what is unusual"
SECONDS = 30.0
"""The time for the parts that are read at the same time. A part that takes longer is reported as not read."""


def answer(environment: str, *, as_json: bool) -> int:
    """Print the status of an environment, and return the exit code."""
    settings = command.settings(environment)
    with ERRORS.status("reading the environment"):
        caller = credentials.require(settings, "status")
        status = read(settings, caller)
    if as_json:
        status.write_json()
    else:
        command.report(f"{heading(settings, caller)}\n")
        status_table.show(CONSOLE, status)
    return status.exit_code


def read(settings: Settings, caller: Caller) -> Status:
    """Read all parts of an environment. A part that cannot be read is in `not_read`, with the reason."""
    with command.aws_configuration():
        deployed = DeployedEnvironment(settings, caller.session)
    not_read: list[NotRead] = []

    def parts(jobs: dict[str, Callable[[], Any]]) -> dict[str, Any]:
        answers = together(jobs, SECONDS)
        errors = {part: each for part, each in answers.items() if isinstance(each, Exception)}
        not_read.extend(NotRead(part=part, reason=reasons.reason(error)) for part, error in errors.items())
        return {part: each for part, each in answers.items() if part not in errors}

    found = parts(
        {
            "service": deployed.running,
            "pipeline": deployed.stages,
            "certificate": deployed.certificate,
            "database": deployed.database,
        }
    )
    later: dict[str, Callable[[], Any]] = {}
    if "service" not in found:
        not_read.append(NotRead(part="image", reason="the service was not read"))
    elif digest := found["service"].digest:
        later["image"] = partial(deployed.image, digest)
    if "database" not in found:
        not_read.append(NotRead(part="password", reason="the database was not read"))
    else:
        later["password"] = partial(deployed.password, found["database"])
    read_parts: dict[str, Any] = found | parts(later)
    status = Status(
        environment=settings.environment,
        region=settings.region,
        account=caller.account,
        caller=caller.arn,
        in_progress=[],
        unusual=[],
        not_read=not_read,
        **read_parts,
    )
    return judged(status)
