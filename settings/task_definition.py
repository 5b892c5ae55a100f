"""How large a task definition becomes by the variables of its container.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""

import json
from collections.abc import Mapping

MAX_BYTES = 65_536
"""Bytes of the JSON that RegisterTaskDefinition takes."""

OWN_BYTES = 4_096
"""Bytes that are left for what the project writes: the image, the database's variables, the logs, the roles."""


def variables_bytes(environment: Mapping[str, str], secrets: Mapping[str, str]) -> int:
    """Return the bytes of the variables in the JSON of a task definition."""
    variables = {
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "secrets": [{"name": name, "valueFrom": source} for name, source in secrets.items()],
    }
    return len(json.dumps(variables, ensure_ascii=False).encode())
