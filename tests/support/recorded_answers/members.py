"""The members of recorded answers: placeholders, times, the API model, and the members that a case leaves out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from localaws.api_models.constraints import Check

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
AGE = re.compile(r"-(\d+)([smhd])")
COMMON_ERRORS = {"AccessDeniedException", "ThrottlingException", "ValidationException"}
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html"""


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return a value in which the names of the system replace the placeholders, such as `${cluster}`.

    Raises:
        KeyError: A placeholder has no name.
    """
    if isinstance(value, dict):
        return {filled(key, names): filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda found: names[found[1]], value)
    return value


def timed(shape: Shape, value: Any, now: datetime | None = None) -> Any:
    """Return a value in which each age in a timestamp, such as `-90s`, is a time.

    Raises:
        ValueError: A timestamp is not an age.
    """
    now = now or datetime.now(UTC)
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            key: timed(shape.members[key], each, now) if key in shape.members else each for key, each in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [timed(shape.member, item, now) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: timed(shape.value, item, now) for key, item in value.items()}
    if shape.type_name == "timestamp" and value is not None:
        age = AGE.fullmatch(str(value))
        if not age:
            raise ValueError(f"a time must be an age such as -90s or -2h, got {value!r}")
        return now - timedelta(**{UNITS[age[2]]: int(age[1])})
    return value


def faults(operation: OperationModel, members: Mapping[str, Any]) -> list[str]:
    """Return how the members of an answer violate the API model: unknown members, types, enums and patterns.

    A member that is missing is not a fault, because the local AWS answers it. The limits of numbers and lengths count.
    """
    check = Check(in_json=False)
    check.value(operation.output_shape, _without_none(members))
    return [f"{operation.name}: {fault.message}" for fault in check.faults if fault.kind != "required"]


def error_faults(operation: OperationModel, code: str) -> list[str]:
    """Return a fault if an operation does not answer with an error of this code."""
    known = {shape.metadata.get("error", {}).get("code", shape.name) for shape in operation.error_shapes}
    if code in known | COMMON_ERRORS:
        return []
    return [f"{operation.name}: the API model has no error {code}"]


def merged(answered: Any, recorded: Any) -> Any:
    """Return the recorded members, together with the members that only the local AWS has answered.

    A recorded null removes a member. A recorded list has its own length. Its items are merged with the items of the
    answered list at the same positions, and then with the last answered item.
    """
    return _without_none(combined(answered, recorded))


def combined(answered: Any, recorded: Any) -> Any:
    """Return the same as `merged`, but keep null, which removes a member in a later merge."""
    if isinstance(recorded, dict) and isinstance(answered, dict):
        return answered | {key: combined(answered.get(key), each) for key, each in recorded.items()}
    if isinstance(recorded, list) and isinstance(answered, list):
        last = answered[-1] if answered else None
        pairs = zip_longest(answered[: len(recorded)], recorded, fillvalue=last)
        return [combined(each, item) for each, item in pairs]
    return recorded


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value
