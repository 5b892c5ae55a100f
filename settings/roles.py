"""Names of the IAM roles of a system."""

from typing import Literal, get_args

SystemRole = Literal[
    "events",
    "execution",
    "failed",
    "flow-logs",
    "image-definitions-build",
    "pipeline",
    "restart",
    "rotation",
    "stop",
    "task",
]
SYSTEM_ROLES: tuple[SystemRole, ...] = get_args(SystemRole)
"""The role of each AWS service that acts for a system."""


def role_name(system: str, role: SystemRole) -> str:
    """Return the role's name in IAM, `<app>-<environment>-<role>`."""
    return f"{system}-{role}"
