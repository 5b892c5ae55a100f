"""Conversion of the values in requests and answers to the types of AWS's API models."""

import base64
import binascii
from datetime import datetime

import regex
from botocore.utils import parse_timestamp

from localaws.api_models.parsers import Text

TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "short": (int,),
    "byte": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str, datetime),
    "blob": (str, bytes),
}
"""The Python types that a JSON value may have, for each type of the models."""


def converted(kind: str, value: object) -> object:
    """Return the value as the type `kind` of the models, or None if the value does not fit that type."""
    if isinstance(value, Text) and kind not in {"string", "character", "timestamp"}:
        return _from_text(kind, value)
    if kind == "blob" and isinstance(value, str):
        return _decoded(value)
    if kind == "timestamp" and isinstance(value, str):
        return _moment(value)
    if isinstance(value, bool) and kind != "boolean":
        return None
    return value if isinstance(value, TYPES[kind]) else None


def _from_text(kind: str, text: str) -> object:
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(text.lower())
        case "integer" | "long" | "short" | "byte":
            return int(text) if regex.fullmatch(r"-?[0-9]+", text) else None
        case "float" | "double":
            return float(text) if regex.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?", text) else None
        case "blob":
            return _decoded(text)
        case _:  # text cannot be a structure, a map or a list
            return None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment: datetime = parse_timestamp(text)
    except ValueError:
        return None
    return moment
