"""Names that several parts of the project must spell alike."""

from dataclasses import dataclass
from typing import Literal, get_args


@dataclass(frozen=True)
class StackNames:
    """The names of an environment's stacks.

    cdktf's commands and the state files use these names. If a stack is renamed, Terraform no longer finds its state.
    """

    environment: str

    @property
    def registry(self) -> str:
        """The stack with the image repository."""
        return f"{self.environment}-registry"

    @property
    def dns(self) -> str:
        """The stack with the hosted zone."""
        return f"{self.environment}-dns"

    @property
    def main(self) -> str:
        """The stack with everything that a running service needs."""
        return f"{self.environment}-main"

    @property
    def ci(self) -> str:
        """The stack with the roles of GitHub's workflows. An environment without `ci` and `push` has no such stack."""
        return f"{self.environment}-ci"

    @property
    def state(self) -> str:
        """The stack with the bucket for the state of the other stacks."""
        return f"{self.environment}-state"

    @property
    def deployment_order(self) -> list[str]:
        """The stacks that every deployment plans and applies. Each stack comes after the stacks that it reads from."""
        return [self.registry, self.dns, self.main]


SystemRole = Literal[
    "events",
    "execution",
    "failed",
    "flow-logs",
    "image-definitions-build",
    "operator",
    "pipeline",
    "restart",
    "rotation",
    "stop",
    "task",
    "viewer",
]
SYSTEM_ROLES: tuple[SystemRole, ...] = get_args(SystemRole)
"""The last parts of the names of a system's IAM roles. AWS services assume the roles that are not in `PEOPLE`."""
PEOPLE: tuple[SystemRole, ...] = ("viewer", "operator")
"""The roles that people assume."""

DEPLOY_STAGE = "Deploy"
"""The stage of the pipeline that deploys."""


def role_name(system: str, role: SystemRole) -> str:
    """Return the role's name in IAM, `<app>-<environment>-<role>`."""
    return f"{system}-{role}"


def revision_parameter(system: str) -> str:
    """Return the name of the SSM parameter with the revision that Terraform registered last."""
    return f"{revision_path(system)}/revision"


def revision_path(system: str) -> str:
    """Return the path above the parameter with the revision. No other parameter is below this path."""
    return f"/terraform/{system}"
