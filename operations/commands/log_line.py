"""Lines of a log, for a terminal, a file or a script."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from operations.commands.answer import Answer
from operations.commands.printable import printable

LogName = Literal["service", "build", "database"]

ID_CHARACTERS = 8
"""The characters of the id of a task or a build that a line has."""


class LogLine(Answer):
    """An event of a log."""

    log: LogName
    time: datetime
    source: str
    """The id of the task or the build, or the name of the log stream of the database."""
    text: str
    """The event as it was written. It can have several lines, and control characters."""

    def json_line(self) -> str:
        """Return the event as one line of JSON, in ASCII."""
        return json.dumps(self.model_dump(mode="json"))

    def lines(self) -> Iterator[str]:
        """Yield the lines for a terminal or a file, each with the time and the source."""
        source = self.source if self.log == "database" else self.source[:ID_CHARACTERS]
        for line in self.text.split("\n"):
            yield f"{self.time.astimezone(UTC):%Y-%m-%d %H:%M:%S}  {source}  {printable(line)}".rstrip()
