"""Files that other programs write. An error names the file that cannot be used."""

import json
from pathlib import Path
from typing import Any

from tools.outside import OutsideError

JsonObject = dict[str, Any]
"""A JSON object that Terraform, cdktf or another tool has written, with values of any type."""


class FileError(OutsideError):
    """A file has unexpected content. The message names the file and says what is wrong."""


def text(path: Path) -> str:
    """Return the content of a text file.

    Raises:
        FileError: The file is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None


def json_object(path: Path) -> JsonObject:
    """Return the object in a JSON file.

    Raises:
        FileError: The file has no complete JSON object.
    """
    content = text(path)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, ValueError) else "it is nested too deep"
        raise FileError(f"{path}: is not JSON ({why}); the file may be incomplete") from None
    if not isinstance(found, dict):
        raise FileError(f"{path}: must contain a JSON object, got a {type(found).__name__}")
    return found
