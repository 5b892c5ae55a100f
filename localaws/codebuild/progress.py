"""The phases and the log of a build.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from localaws.codebuild.shell import TimedOutError
from localaws.json_types import JsonObject


class PhaseFailedError(Exception):
    """A phase failed. The error has a status code of CodeBuild."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Log:
    """The log of a build: the output of its commands, and the messages of CodeBuild."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str) -> None:
        """Append a message of CodeBuild, in a line with the time."""
        with self.path.open("a") as log:
            log.write(f"[Container] {datetime.now(UTC):%Y/%m/%d %H:%M:%S.%f} {text}\n")

    def lines(self) -> list[str]:
        """Return all lines of the log."""
        with self.path.open(errors="replace") as log:
            return list(log)


class Phases:
    """The phases of a build so far."""

    def __init__(self) -> None:
        self.described: list[JsonObject] = []
        self.log: Log | None = None

    @property
    def current(self) -> str:
        """The phase that was entered last."""
        return str(self.described[-1]["phaseType"]) if self.described else "SUBMITTED"

    @property
    def status(self) -> str:
        """The status of a build after its last phase: one failed phase fails the build.

        AWS does not document the status after a failed phase with `on-failure: CONTINUE`. Here, the build fails.
        """
        statuses = {phase["phaseStatus"] for phase in self.described}
        return next((status for status in ("TIMED_OUT", "FAILED") if status in statuses), "SUCCEEDED")

    @contextmanager
    def enter(self, name: str) -> Iterator[None]:
        """Record a phase that begins and ends with the `with` block.

        Raises:
            PhaseFailedError: A command fails, the build times out, or an AWS API answers with an error.
        """
        phase: JsonObject = {"phaseType": name, "phaseStatus": "IN_PROGRESS", "startTime": datetime.now(UTC)}
        self.described.append(phase)
        self._write(f"Entering phase {name}")
        try:
            yield
        except (PhaseFailedError, TimedOutError, ClientError) as error:
            status, failure = _outcome(error)
            self._end(phase, status, failure)
            raise failure from None
        self._end(phase, "SUCCEEDED", PhaseFailedError("", ""))

    def _end(self, phase: JsonObject, status: str, context: PhaseFailedError) -> None:
        ended = datetime.now(UTC)
        phase |= {
            "phaseStatus": status,
            "endTime": ended,
            "durationInSeconds": int((ended - phase["startTime"]).total_seconds()),
            "contexts": [{"statusCode": context.code, "message": context.message}],
        }
        self._write(f"Phase complete: {phase['phaseType']} State: {status}")
        self._write(f"Phase context status code: {context.code} Message: {context.message}")

    def _write(self, text: str) -> None:
        if self.log:
            self.log.write(text)


def _outcome(error: PhaseFailedError | TimedOutError | ClientError) -> tuple[str, PhaseFailedError]:
    if isinstance(error, TimedOutError):
        return "TIMED_OUT", PhaseFailedError("BUILD_TIMED_OUT", "Build has timed out.")
    if isinstance(error, ClientError):
        return "FAILED", PhaseFailedError("CLIENT_ERROR", "{Code}: {Message}".format(**error.response["Error"]))
    return "FAILED", error
