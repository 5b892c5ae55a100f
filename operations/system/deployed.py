"""The one reader of a deployed environment, through the AWS API: the parts that commands read and change."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from operations.clients import Clients
from operations.images.repository import PushedImage, Repository
from operations.system import (
    alarms,
    certificate,
    database,
    definitions,
    deployments,
    load_balancer,
    logs,
    network,
    roles,
    secrets,
    tasks,
)
from operations.system.alarms import Alarm
from operations.system.certificate import Certificate
from operations.system.database import Database, Password
from operations.system.definitions import Definition
from operations.system.deployments import Deployments
from operations.system.executions import Execution, Executions, Stage
from operations.system.images import DeployableImage, Images
from operations.system.load_balancer import Target
from operations.system.logs import Event, Logs, Stream, Streams
from operations.system.network import LoadBalancer, Placement, SecurityGroup, Subnet
from operations.system.roles import Role
from operations.system.secrets import Reference, Source
from operations.system.service import NotDeployedError, Running, active_service, running
from operations.system.tasks import Task
from settings import Settings
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import ServiceTypeDef

Found = TypeVar("Found")

MISSING = {
    "ClusterNotFoundException",
    "PipelineNotFoundException",
    "RepositoryNotFoundException",
    "ServiceNotFoundException",
}


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
    def logs(self) -> Logs:
        """The log events."""
        return Logs(self.client("logs"))

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
        return deployments.read(self._service())

    def definition(self, revision: str) -> Definition:
        """Return what the container of a revision needs, by the family and the number of the revision."""
        return definitions.find(self.client("ecs"), revision, self.settings.service.container_name)

    def tasks(self) -> list[Task]:
        """Return the tasks that run and those that stopped in the last hour, the newest first.

        Raises:
            NotDeployedError: The service does not exist.
        """
        with self.deployed():
            return tasks.of_service(self.client("ecs"), self.settings.name)

    def targets(self, of: Running | Placement) -> list[Target]:
        """Return the targets of the load balancer, with their health."""
        return load_balancer.targets(self.client("elbv2"), of.target_groups)

    def deployable(self) -> list[DeployableImage]:
        """Return the images that can be deployed, the newest first.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.deployed():
            return self.images.deployable()

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of all images that have tags, by digest.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.deployed():
            return self.images.tags()

    def newest_executions(self) -> list[Execution]:
        """Return the newest 100 executions of the pipeline, the newest first.

        Raises:
            NotDeployedError: The pipeline does not exist.
        """
        with self.deployed():
            return self.executions.newest()

    def revisions(self, number: int) -> list[Definition]:
        """Return the newest revisions of the task definition, the newest first."""
        return definitions.newest(self.client("ecs"), self.settings.name, self.settings.service.container_name, number)

    def stages(self) -> list[Stage]:
        """Return the stages of the pipeline, each with its last execution.

        Raises:
            NotDeployedError: The pipeline does not exist.
        """
        with self.deployed():
            return self.executions.stages()

    def image(self, digest: str) -> PushedImage | None:
        """Return the image with a digest, or None if the repository does not have it.

        Raises:
            NotDeployedError: The repository does not exist.
        """
        with self.deployed(), suppress(self.client("ecr").exceptions.ImageNotFoundException):
            return self.repository.pushed(digest)
        return None

    def certificate(self) -> Certificate:
        """Return the certificate.

        Raises:
            NotDeployedError: The certificate does not exist.
        """
        found = certificate.find(self.client("acm"), self.settings)
        return self._existing(found, f"certificate of {self.settings.domain}")

    def database(self) -> Database:
        """Return the database.

        Raises:
            NotDeployedError: The database does not exist.
        """
        return self._existing(database.find(self.client("rds"), self.settings), f"database {self.settings.name}")

    def service_log(self) -> Streams:
        """Return the log streams of the container in the newest deployment.

        Raises:
            NotDeployedError: The service does not exist.
            OutsideError: The container writes no logs to CloudWatch.
        """
        return self._logging(self._of_container(self._service()["taskDefinition"]), "container")

    def build_log(self) -> Streams:
        """Return the log streams of the builds.

        Raises:
            NotDeployedError: The pipeline does not exist.
            OutsideError: The builds write no logs to CloudWatch.
        """
        with self.deployed():
            projects = self.executions.build_projects()
        found = [streams for project in projects if (streams := logs.of_project(self.client("codebuild"), project))]
        return self._logging(next(iter(found), None), "build project")

    def database_log(self) -> Streams:
        """Return the log streams of the database.

        Raises:
            NotDeployedError: The database does not exist.
            OutsideError: The database exports no logs to CloudWatch.
        """
        name = self.settings.name
        exported = self._existing(database.exported_logs(self.client("rds"), self.settings), f"database {name}")
        return self._logging(next(iter(logs.of_database(name, exported)), None), "database")

    def task_log(self, task: Task) -> Stream | None:
        """Return the log stream of the container of a task, or None if the container writes no logs to CloudWatch."""
        streams = self._of_container(task.revision)
        return streams.stream(task.id) if streams else None

    def last_of_task(self, task: Task, count: int) -> list[Event]:
        """Return the last log events of the container of a task. If it has no logs, return an empty list."""
        stream = self.task_log(task)
        return self.logs.last(stream, count) if stream else []

    def last_of_build(self, build: str, count: int) -> list[Event]:
        """Return the last log events of a build. If it has no logs, return an empty list."""
        stream = logs.of_build(self.client("codebuild"), build)
        return self.logs.last(stream, count) if stream else []

    def _of_container(self, revision: str) -> Streams | None:
        definition = self.client("ecs").describe_task_definition(taskDefinition=revision)["taskDefinition"]
        return logs.of_container(definition, self.settings.service.container_name)

    def _logging(self, found: Streams | None, what: str) -> Streams:
        if found is None:
            raise OutsideError(f"{self.name}: the {what} writes no logs to CloudWatch; run make diff ENV={self.name}")
        return found

    def password(self, of: Database) -> Password:
        """Return when the master password of the database was rotated."""
        return database.password(self.client("secretsmanager"), of.secret)

    def secret_references(self) -> list[Reference]:
        """Return the secrets and parameters to which the container refers, by its variables.

        Raises:
            NotDeployedError: The service does not exist.
        """
        service = self._existing(active_service(self.client("ecs"), self.settings), f"service {self.settings.name}")
        return secrets.references(self.definition(service["taskDefinition"]))

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
        return network.placement(self._service())

    def subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """Return the subnets that exist, with their free addresses."""
        return network.subnets(self.client("ec2"), ids)

    def security_groups(self, ids: Sequence[str]) -> list[SecurityGroup]:
        """Return the security groups that exist, with their rules."""
        return network.security_groups(self.client("ec2"), ids)

    def load_balancer(self, target_groups: Sequence[str]) -> LoadBalancer:
        """Return the security groups and the subnets of the load balancer of target groups."""
        return network.load_balancer(self.client("elbv2"), target_groups)

    def _service(self) -> "ServiceTypeDef":
        return self._existing(active_service(self.client("ecs"), self.settings), f"service {self.settings.name}")

    def _existing(self, found: Found | None, what: str) -> Found:
        if found is None:
            raise NotDeployedError(f"{self.name}: the {what} does not exist; run make deploy ENV={self.name}")
        return found

    @contextmanager
    def deployed(self) -> Iterator[None]:
        """Report that the environment is not deployed, if a request in the block fails because a part does not exist.

        Raises:
            NotDeployedError: The environment is not deployed.
        """
        try:
            yield
        except ClientError as error:
            answer = error.response["Error"]
            if answer["Code"] not in MISSING:
                raise
            raise NotDeployedError(
                f"{self.name}: is not deployed ({answer['Message']}); run make deploy ENV={self.name}"
            ) from None
