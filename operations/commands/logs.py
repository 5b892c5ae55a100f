"""Show the log of the service, of the builds or of the database.

Each line has the time in UTC, the first characters of the id of the task or the build, and the text. The lines are on
standard output, and everything else is on standard error.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args

from botocore.exceptions import ClientError

from operations import command, reasons
from operations.command import ERRORS
from operations.commands.answer import Exit
from operations.commands.log_line import ID_CHARACTERS, LogLine, LogName
from operations.commands.printable import printable
from operations.commands.reading import Reading
from operations.sessions import heading
from operations.system.deployed import DeployedEnvironment
from operations.system.logs.events import Event
from operations.system.logs.streams import Streams
from operations.system.tasks import Task
from tools.outside import OutsideError
from tools.toolchain.program import refuse

HELP = "show the log of the service, of the builds or of the database"

NOT_READ: tuple[type[Exception], ...] = (ClientError, *reasons.UNREADABLE)
DEFAULT = "10m"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
SYNTAX = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"


def since(text: str) -> datetime:
    """Return the time on a command line: minutes, hours or days ago, or a time in the format ISO 8601.

    Raises:
        ArgumentTypeError: The text is not such a time, or the time is not in the past.
    """
    now = datetime.now(UTC)
    try:
        ago = re.fullmatch(r"(\d{1,6})([mhd])", text, re.ASCII)
        found = now - timedelta(**{UNITS[ago[2]]: int(ago[1])}) if ago else datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if datetime.fromtimestamp(0, UTC) <= found <= now:
            return found
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(
        f"must be a time in the past, as 10m, 2h, 1d or 2026-01-31T09:00 (in UTC), got {text[:40]!a}"
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the log, the beginning, the filter, and whether to go on or to look back."""
    names, default = get_args(LogName), "service"
    text = f"{', '.join(names)} (default: {default})"
    parser.add_argument("log", metavar="LOG", nargs="?", choices=names, default=default, help=text)
    parser.add_argument("--since", metavar="TIME", type=since, help=f"10m, 2h, 1d or an ISO time (default: {DEFAULT})")
    parser.add_argument("--follow", action="store_true", help="go on with new lines, until Ctrl-C")
    parser.add_argument("--filter", metavar="PATTERN", default="", help="a filter pattern of CloudWatch Logs")
    parser.add_argument("--previous", action="store_true", help="the log of the task that stopped last")


def answer(arguments: argparse.Namespace) -> int:
    """Print the lines, and return the exit code."""
    if arguments.previous and (arguments.log != "service" or arguments.follow or arguments.since):
        raise OutsideError("--previous: shows a task of the service, without --since and --follow")
    reading = Reading.begin(arguments.environment, "logs")
    try:
        return _answer(reading, arguments)
    except NOT_READ as error:
        if isinstance(error, ClientError) and _refuses_pattern(error):
            said = error.response["Error"]["Message"]
            message = f"--filter: CloudWatch Logs does not accept the pattern ({said}); see {SYNTAX}"
            raise OutsideError(message) from None
        name = reading.settings.environment
        return refuse(f"{name}: the {arguments.log} log was not read: {reasons.reason(error)}", code=Exit.PARTIAL)
    except OutsideError as error:
        return refuse(str(error), code=Exit.PARTIAL)


def _refuses_pattern(error: ClientError) -> bool:
    return error.operation_name == "FilterLogEvents" and reasons.code(error) == "InvalidParameterException"


def _answer(reading: Reading, arguments: argparse.Namespace) -> int:
    deployed, silent = reading.deployed, arguments.json
    if not silent:
        command.report(heading(reading.settings, reading.caller), console=ERRORS)
    writer = _Writer(reading, arguments.log, as_json=arguments.json)
    if arguments.previous:
        return _previous(deployed, writer, arguments)
    begin = arguments.since or since(DEFAULT)
    with ERRORS.status("finding the log"):
        streams = _streams(deployed, arguments.log)
    read = deployed.logs.follow if arguments.follow else deployed.logs.since
    if not writer.write(read(streams, begin, arguments.filter)):
        matching = " that match the filter" if arguments.filter else ""
        command.report(
            f"no lines{matching} since {begin.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC in the log group "
            f"{streams.group}; --since reads from an earlier time",
            console=ERRORS,
        )
    return Exit.OK


def _streams(deployed: DeployedEnvironment, log: LogName) -> Streams:
    if log == "build":
        return deployed.log_sources.builds()
    return deployed.log_sources.database() if log == "database" else deployed.log_sources.service()


def _previous(deployed: DeployedEnvironment, writer: "_Writer", arguments: argparse.Namespace) -> int:
    with ERRORS.status("finding the task"):
        stopped = [task for task in deployed.tasks() if task.stopped]
    if not stopped:
        command.report("no task has stopped lately: ECS shows a stopped task for about an hour", console=ERRORS)
        return Exit.OK
    task = max(stopped, key=lambda each: each.stopped or each.created)
    if not arguments.json:
        for line in _description(task):
            command.report(printable(line), console=ERRORS)
    stream = deployed.log_sources.of_task(task)
    if not stream or not writer.write(deployed.logs.of_stream(stream, arguments.filter)):
        command.report("the container has no lines in CloudWatch Logs", console=ERRORS)
    return Exit.OK


def _description(task: Task) -> Iterator[str]:
    """Yield lines that say when and why a task stopped, with the exit code and the reason of each container."""
    at = f" {task.stopped.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if task.stopped else ""
    yield f"task {task.id[:ID_CHARACTERS]} of {task.revision} stopped{at}"
    yield f"{task.stop_code}: {task.stopped_reason}"
    for each in task.containers:
        code = "no exit code" if each.exit_code is None else f"exit code {each.exit_code}"
        yield f"container {each.name}: {code}" + (f" ({each.reason})" if each.reason else "")


class _Writer:
    """Writes events to standard output, each at once, so that a reader in a pipe sees them while others are awaited."""

    def __init__(self, reading: Reading, log: LogName, *, as_json: bool) -> None:
        self._settings = reading.settings
        self._log = log
        self._as_json = as_json

    def write(self, events: Iterable[Event]) -> int:
        """Write events, and return their number."""
        count = 0
        for event in events:
            line = LogLine(
                environment=self._settings.environment,
                region=self._settings.region,
                log=self._log,
                time=event.time,
                source=event.source,
                text=event.text,
            )
            sys.stdout.write("".join(f"{each}\n" for each in ([line.json_line()] if self._as_json else line.lines())))
            sys.stdout.flush()
            count += 1
        return count
