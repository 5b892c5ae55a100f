"""The type of the JSON objects that AWS and Terraform write."""

from collections.abc import Mapping
from typing import Any

JsonObject = Mapping[str, Any]
"""A JSON object such as a plan, an event, a container or the manifest of an image, with values of any type."""
