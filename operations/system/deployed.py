"""The one reader of a deployed environment, through the AWS API: the parts that commands read and change."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from operations.clients import Clients
from operations.images.repository import PushedImage, Repository
from operations.system import (
    alarms,
    certificate,
    database,
    definitions,
    deployments,
    load_balancer,
    network,
    roles,
    secrets,
    tasks,
)
from operations.system.access import Access
from operations.system.alarms import Alarm
from operations.system.certificate import Certificate
from operations.system.control.one_off import OneOffTasks
from operations.system.control.pipeline import PipelineControl
from operations.system.control.service import ServiceControl
from operations.system.control.sessions import Sessions
from operations.system.database import Database, Password
from operations.system.definitions import Definition
from operations.system.deployments import Deployments
from operations.system.executions import Executions
from operations.system.images import DeployableImage, Images
from operations.system.load_balancer import Target
from operations.system.logs.events import Logs
from operations.system.logs.sources import LogSources
from operations.system.network import LoadBalancer, Placement, SecurityGroup, Subnet
from operations.system.pipeline import Execution, Stage
from operations.system.roles import Role
from operations.system.secrets import Reference, Source
from operations.system.service import Running, running
from operations.system.tasks import Task
from settings import Settings
from tools.outside import OutsideError


class DeployedEnvironment:
    """The parts of an environment. Each part is found by the name of the system, or by its tags.

    The methods raise ClientError for requests that AWS refuses. They can run in several threads.

    Args:
        settings: The settings of the environment.
        client: The clients with the credentials of the command.
    """

    def __init__(self, settings: Settings, client: Clients) -> None:
        self.settings = settings
        self.name = settings.environment
        self.client = client
        self.access = Access(settings, client)

    @cached_property
    def repository(self) -> Repository:
        """The repository of the images."""
        return Repository(self.client("ecr"), self.settings.name)

    @cached_property
    def images(self) -> Images:
        """The images in the repository."""
        return Images(self.client("ecr"), self.repository)

    @cached_property
    def executions(self) -> Executions:
        """The executions of the pipeline."""
        return Executions(self.client("codepipeline"), self.settings.name)

    @cached_property
    def service_control(self) -> ServiceControl:
        """The requests that change the service."""
        return ServiceControl(self.client("ecs"), self.settings.name)

    @cached_property
    def pipeline_control(self) -> PipelineControl:
        """The requests that change the pipeline."""
        return PipelineControl(self.client("codepipeline"), self.settings.name)

    @cached_property
    def one_off_tasks(self) -> OneOffTasks:
        """The tasks that run one command."""
        return OneOffTasks(self.access)

    @cached_property
    def logs(self) -> Logs:
        """The log events."""
        return Logs(self.client("logs"))

    @cached_property
    def log_sources(self) -> LogSources:
        """The log streams of the service, of the builds and of the database."""
        return LogSources(self.access, self.executions, self.logs)

    @cached_property
    def sessions(self) -> Sessions:
        """The sessions with containers."""
        return Sessions(self.client, self.settings.name, assumes_role=bool(self.settings.role_arn))

    def running(self) -> Running:
        """Return the newest deployment of the service.

        Raises:
            NotDeployedError: The environment is not deployed.
        """
        return running(self.client("ecs"), self.settings)

    def deployments(self) -> Deployments:
        """Return the deployments and the events of the service.

        Raises:
            NotDeployedError: The service does not exist.
        """
        return deployments.read(self.access.service())

    def definition(self, revision: str) -> Definition:
        """Return what the container of a revision needs, by the family and the number of the revision."""
        return definitions.find(self.client("ecs"), revision, self.settings.service.container_name)

    def tasks(self) -> list[Task]:
        """Return the tasks that run and those that stopped in the last hour, the newest first.

        Raises:
            NotDeployedError: The service does not exist.
        """
        with self.access.deployed():
            return tasks.of_service(self.client("ecs"), self.settings.name)

    def targets(self, of: Running | Placement) -> list[Target]:
        """Return the targets of the load balancer, with their health."""
        return load_balancer.targets(self.client("elbv2"), of.target_groups)

    def deployable(self) -> list[DeployableImage]:
        """Return the images that can be deployed, the newest first.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.access.deployed():
            return self.images.deployable()

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of all images that have tags, by digest.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.access.deployed():
            return self.images.tags()

    def newest_executions(self) -> list[Execution]:
        """Return the newest 100 executions of the pipeline, the newest first.

        Raises:
            NotDeployedError: The pipeline does not exist.
        """
        with self.access.deployed():
            return self.executions.newest()

    def revisions(self, number: int) -> list[Definition]:
        """Return the newest revisions of the task definition, the newest first."""
        return definitions.newest(self.client("ecs"), self.settings.name, self.settings.service.container_name, number)

    def stages(self) -> list[Stage]:
        """Return the stages of the pipeline, each with its last execution.

        Raises:
            NotDeployedError: The pipeline does not exist.
        """
        with self.access.deployed():
            return self.executions.stages()

    def image(self, digest: str) -> PushedImage | None:
        """Return the image with a digest, or None if the repository does not have it.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.access.deployed(), suppress(self.client("ecr").exceptions.ImageNotFoundException):
            return self.repository.pushed(digest)
        return None

    def certificate(self) -> Certificate:
        """Return the certificate.

        Raises:
            NotDeployedError: The certificate does not exist.
        """
        found = certificate.find(self.client("acm"), self.settings)
        return self.access.existing(found, f"certificate of {self.settings.domain}")

    def database(self) -> Database:
        """Return the database.

        Raises:
            NotDeployedError: The database does not exist.
        """
        found = database.find(self.client("rds"), self.settings.name)
        return self.access.existing(found, f"database {self.settings.name}")

    def other_database(self, identifier: str) -> Database:
        """Return another database instance, which need not be a part of the environment.

        Raises:
            OutsideError: The instance does not exist.
        """
        if found := database.find(self.client("rds"), identifier):
            return found
        raise OutsideError(f"{identifier}: no database instance in {self.settings.region} has this identifier")

    def password(self, of: Database) -> Password:
        """Return when the master password of the database was rotated."""
        return database.password(self.client("secretsmanager"), of.secret)

    def secret_references(self) -> list[Reference]:
        """Return the secrets and parameters to which the container refers, by its variables.

        Raises:
            NotDeployedError: The service does not exist.
        """
        return secrets.references(self.definition(self.access.service()["taskDefinition"]))

    def secret(self, of: Reference) -> Source | None:
        """Return a secret without its value, or None if it does not exist."""
        return secrets.secret(self.client("secretsmanager", region=of.region), of.source)

    def parameters(self, region: str | None, names: Sequence[str]) -> dict[str, Source]:
        """Return the parameters of a region that exist, by name, without their values."""
        return secrets.parameters(self.client("ssm", region=region), names)

    def alarms(self) -> list[Alarm]:
        """Return the alarms in CloudWatch. An environment without alarms has an empty list."""
        return alarms.of_environment(self.client("cloudwatch"), self.settings)

    def secret_keys(self, of: Reference) -> set[str] | None:
        """Return the keys in the JSON of a secret, or None if the value is not a JSON object."""
        return secrets.keys(self.client("secretsmanager", region=of.region), of)

    def role(self, arn: str) -> Role | None:
        """Return a role, or None if it does not exist."""
        return roles.find(self.client("iam"), arn)

    def may(self, role: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
        """Return whether the policies of a role allow an action on a resource."""
        return roles.may(self.client("iam"), role, action, resource, context)

    def has_log_group(self, name: str) -> bool:
        """Return whether a log group exists."""
        return self.logs.exist(name)

    def placement(self) -> Placement:
        """Return where the tasks of the service run, and which target groups send requests to them.

        Raises:
            NotDeployedError: The service does not exist.
        """
        return network.placement(self.access.service())

    def subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """Return the subnets that exist, with their free addresses."""
        return network.subnets(self.client("ec2"), ids)

    def security_groups(self, ids: Sequence[str]) -> list[SecurityGroup]:
        """Return the security groups that exist, with their rules."""
        return network.security_groups(self.client("ec2"), ids)

    def load_balancer(self, target_groups: Sequence[str]) -> LoadBalancer:
        """Return the security groups and the subnets of the load balancer of target groups."""
        return network.load_balancer(self.client("elbv2"), target_groups)
