"""Lines of a log, for a terminal, a file or a script."""

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from operations.commands.answer import Answer

LogName = Literal["service", "build", "database"]

ID_CHARACTERS = 8
"""The characters of the id of a task or a build that a line has."""

COLORS = re.compile(r"\x1b\[[0-9;:]*m")
"""The escape sequences that set the color of a text.

https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Functions-using-CSI-_-ordered-by-the-final-character_s_
"""
HIDDEN = {"Cc", "Cs", "Zl", "Zp"}
"""The categories of characters that control a terminal or end a line: https://www.unicode.org/reports/tr44/#GC_Values."""
DIRECTIONS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The characters that change the order of other characters: https://www.unicode.org/reports/tr9/."""


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


def printable(text: str) -> str:
    """Return a line of foreign text without its colors. Escape each other control character, as Python does."""
    return "".join(each if _is_harmless(each) else _escaped(each) for each in COLORS.sub("", text.rstrip("\r")))


def _is_harmless(character: str) -> bool:
    return character == "\t" or (unicodedata.category(character) not in HIDDEN and character not in DIRECTIONS)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
