"""The type of the JSON objects in AWS's APIs, events and policies."""

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object with the members that AWS documents: a request, an answer, an event or a policy."""


def json_object(value: object) -> JsonObject:
    """Return the value, such as the result of a moto operation, with the type `JsonObject`.

    Raises:
        TypeError: The value is not a dictionary.
    """
    if not isinstance(value, dict):
        raise TypeError(f"expected a JSON object, got {value!r}")
    return value
