"""Types of single settings of the container."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from settings.task_definition import COMMAND_BYTES, json_bytes
from settings.values import Text, check_literal, matching, one_of

MEMORY_MIB_BY_CPU = {
    256: [512, 1024, 2048],
    512: [1024 * gib for gib in range(1, 5)],
    1024: [1024 * gib for gib in range(2, 9)],
    2048: [1024 * gib for gib in range(4, 17)],
    4096: [1024 * gib for gib in range(8, 31)],
    8192: [1024 * gib for gib in range(16, 61, 4)],
    16384: [1024 * gib for gib in range(32, 121, 8)],
}
"""The memory sizes that Fargate offers for each number of CPU units.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
"""

RESERVED_VARIABLES = frozenset({"DB_HOST", "DB_NAME", "DB_PASSWORD", "DB_PORT", "DB_USER"})
"""The variables that the service sets for the database."""


def _check_variable_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be letters, digits and underscores, without a digit at the start")
    if name in RESERVED_VARIABLES:
        raise ValueError("must not be a variable that the service itself sets")
    return name


def _check_command(command: list[str]) -> list[str]:
    how, *rest = command or [""]
    words = all(word.strip() for word in rest)
    if not words or not ((how == "CMD" and rest) or (how == "CMD-SHELL" and len(rest) == 1)):
        raise ValueError('must be ["CMD-SHELL", a command] or ["CMD", a program, its arguments]')
    if (size := json_bytes(command)) > COMMAND_BYTES:
        raise ValueError(f"must take at most {COMMAND_BYTES} bytes of JSON in the task definition, takes {size}")
    return command


Variable = Annotated[str, AfterValidator(_check_variable_name)]
Cpu = Annotated[int, one_of(MEMORY_MIB_BY_CPU)]
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
HealthCheckPath = Annotated[
    str,
    matching("/[!-~]{0,1023}", "a path such as /health, at most 1024 characters"),
    AfterValidator(check_literal),
]
# With CMD-SHELL, ECS also accepts words after the command. Such words are refused here, because a shell would use them
# as the parameters $0, $1 and so on.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
HealthCheckCommand = Annotated[list[Text], AfterValidator(_check_command)]
# ECS also accepts upper case letters and up to 255 characters. The rules here are stricter, because the name passes
# through a shell and a JSON file.
ContainerName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
User = Annotated[
    str, matching("[0-9]{1,9}(:[0-9]{1,9})?", "a numeric user id, or user and group ids such as 1000:1000")
]
