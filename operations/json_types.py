"""The type of the JSON objects that AWS and Terraform write."""

from collections.abc import Mapping
from typing import Any

JsonObject = Mapping[str, Any]
"""A JSON object with the members that its author documents: a plan, an event, a container, the manifest of an image."""
