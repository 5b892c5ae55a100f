"""Limits of the part of a task definition, and of its execution role, that the settings of the container determine.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""

import json
from collections.abc import Iterable, Mapping

MAX_BYTES = 65_536
"""The limit of bytes of JSON that RegisterTaskDefinition accepts."""

OWN_BYTES = 6_144
"""Bytes reserved for the rest of the task definition: image, variables of resources, logs, roles and health check.

About a third of these bytes is free, for the variables of resources that a team adds.
"""

COMMAND_BYTES = 1_024
"""Bytes of `OWN_BYTES` that the command of the container's health check may take."""


MOST_ARN_CHARACTERS = 7_000
"""The limit of characters that the ARNs of the container's secrets may take in the policy of the execution role.

IAM limits the inline policies of a role to 10,240 characters together. The rest is for other permissions of the role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
"""

MOST_VIEWED_ARN_CHARACTERS = 3_000
"""The limit of characters that the ARNs of secrets may take in the policy of a role for people.

The rest of the 10,240 characters is for its other statements.
"""


def arn_characters(arns: Iterable[str]) -> int:
    """Return how many characters ARNs take in the JSON of a policy."""
    return sum(len(f'"{arn}",') for arn in arns)


def granted(secrets: Iterable[str]) -> list[str]:
    """Return the ARNs that the execution role may read, without JSON keys, version stages and version ids.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
    """
    return sorted({":".join(arn.split(":")[:7]) for arn in secrets})


def variables_bytes(environment: Mapping[str, str], secrets: Mapping[str, str]) -> int:
    """Return how many bytes the variables take in the JSON of a task definition."""
    variables = {
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "secrets": [{"name": name, "valueFrom": source} for name, source in secrets.items()],
    }
    return json_bytes(variables)


def json_bytes(value: object) -> int:
    """Return how many bytes a value takes as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())
