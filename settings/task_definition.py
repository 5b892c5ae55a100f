"""How large a task definition becomes by the settings of its container.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""

import json
from collections.abc import Mapping

MAX_BYTES = 65_536
"""Bytes of the JSON that RegisterTaskDefinition takes."""

OWN_BYTES = 4_096
"""Bytes that are left for what the project writes: the image, the database's variables, the logs, the roles, and the
container's health check."""

COMMAND_BYTES = 1_024
"""Bytes of them that the command of the container's health check may take."""


def variables_bytes(environment: Mapping[str, str], secrets: Mapping[str, str]) -> int:
    """Return the bytes of the variables in the JSON of a task definition."""
    variables = {
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "secrets": [{"name": name, "valueFrom": source} for name, source in secrets.items()],
    }
    return json_bytes(variables)


def json_bytes(value: object) -> int:
    """Return the bytes of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())
