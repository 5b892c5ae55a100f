"""Files that others write: read, or refused by name."""

import json
from pathlib import Path
from typing import Any

from tools.outside import OutsideError


class FileError(OutsideError):
    """A file does not hold what it should; the message names it, and says what to do."""


def text(path: Path) -> str:
    """Return what a file of text holds.

    Raises:
        FileError: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None


def json_object(path: Path) -> dict[str, Any]:
    """Return the object that a file of JSON holds.

    Raises:
        FileError: It holds something else, such as the first half of one.
    """
    held = text(path)
    try:
        found = json.loads(held)
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, ValueError) else "it is nested too deep"
        raise FileError(f"{path}: is not JSON ({why}); perhaps it was not written to its end") from None
    if not isinstance(found, dict):
        raise FileError(f"{path}: must hold a JSON object, holds a {type(found).__name__}")
    return found
