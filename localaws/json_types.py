"""The type of the JSON objects that AWS's APIs, events and policies consist of."""

from typing import Any

JsonObject = dict[str, Any]
"""A JSON object with the members that AWS documents: a request, an answer, an event, a policy."""
