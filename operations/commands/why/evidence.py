"""Evidence: everything that `ops why` has read about an environment. Each part may be missing."""

from dataclasses import dataclass
from datetime import datetime

from operations.images.repository import PushedImage
from operations.system.certificate import Certificate
from operations.system.database import Database, Password
from operations.system.definitions import Definition
from operations.system.deployments import Deployments
from operations.system.load_balancer import Target
from operations.system.network import LoadBalancer, SecurityGroup, Subnet
from operations.system.pipeline import Action, Execution, Stage
from operations.system.secrets import Reference, Source
from operations.system.tasks import Task
from settings import Settings


@dataclass(frozen=True)
class Image:
    """The image of the revision that fails."""

    pushed: PushedImage | None
    """None if the repository does not have the image."""
    platforms: frozenset[str]
    """The platforms, such as `linux/amd64`. Empty if the repository does not have the image."""


@dataclass(frozen=True)
class Evidence:
    """What was read. A part is None if it was not read."""

    settings: Settings
    now: datetime
    """The time of the look at the environment."""
    service: Deployments | None = None
    tasks: list[Task] | None = None
    targets: list[Target] | None = None
    executions: list[Execution] | None = None
    stages: list[Stage] | None = None
    certificate: Certificate | None = None
    database: Database | None = None
    password: Password | None = None
    actions: list[Action] | None = None
    """The actions of the execution that has failed, the newest first."""
    build_log: list[str] | None = None
    """The last lines of the log of the build that has failed."""
    log: list[str] | None = None
    """The last lines that the container of the newest failed task has written."""
    revision: Definition | None = None
    """The revision whose tasks fail."""
    earlier: Definition | None = None
    """The newest other revision that the service runs, or to which it was rolled back."""
    image: Image | None = None
    secrets: list[tuple[Reference, Source | None]] | None = None
    """The secrets of the revision, without their values. A secret that does not exist is None."""
    subnets: list[Subnet] | None = None
    groups: list[SecurityGroup] | None = None
    """The security groups of the tasks."""
    load_balancer: LoadBalancer | None = None
    database_groups: list[SecurityGroup] | None = None
    """The security groups of the database."""

    @property
    def name(self) -> str:
        """The name of the environment, for the commands in the advice."""
        return self.settings.environment
