"""The one reader of a deployed environment, through the AWS API: the parts that commands read and change."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.exceptions import ClientError

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
    revisions,
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
from operations.system.revisions import Revision
from operations.system.roles import IamClient, Role
from operations.system.secrets import Reference, Source
from operations.system.service import NotDeployedError, Running, active_service, running
from operations.system.tasks import Task
from settings import Settings
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_acm import ACMClient
    from types_boto3_codebuild import CodeBuildClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecr import ECRClient
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ServiceTypeDef
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_rds import RDSClient
    from types_boto3_secretsmanager import SecretsManagerClient

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
        made: The session with the credentials of the command.
    """

    def __init__(self, settings: Settings, made: boto3.Session) -> None:
        self.settings = settings
        self.name = settings.environment
        self._made = made
        ecr: ECRClient = made.client("ecr")
        self.repository = Repository(ecr, settings.name)
        self.images = Images(ecr, self.repository)
        self._image_not_found = ecr.exceptions.ImageNotFoundException
        self.executions = Executions(made.client("codepipeline"), settings.name)
        self.logs = Logs(made.client("logs"))
        self._codebuild: CodeBuildClient = made.client("codebuild")
        self._ecs: ECSClient = made.client("ecs")
        self._elbv2: ElasticLoadBalancingv2Client = made.client("elbv2")
        self._cloudwatch = made.client("cloudwatch")
        self._acm: ACMClient = made.client("acm")
        self._rds: RDSClient = made.client("rds")
        self._secrets: SecretsManagerClient = made.client("secretsmanager")
        self._ec2: EC2Client = made.client("ec2")
        self._iam: IamClient = made.client("iam")

    def running(self) -> Running:
        """Return the newest deployment of the service.

        Raises:
            NotDeployedError: The environment is not deployed.
        """
        return running(self._ecs, self.settings)

    def deployments(self) -> Deployments:
        """Return the deployments and the events of the service.

        Raises:
            NotDeployedError: The service does not exist.
        """
        return deployments.read(self._service())

    def definition(self, revision: str) -> Definition:
        """Return what the container of a revision needs, by the family and the number of the revision."""
        return definitions.find(self._ecs, revision, self.settings.service.container_name)

    def tasks(self) -> list[Task]:
        """Return the tasks that run and those that stopped in the last hour, the newest first.

        Raises:
            NotDeployedError: The service does not exist.
        """
        with self.deployed():
            return tasks.of_service(self._ecs, self.settings.name)

    def targets(self, of: Running | Placement) -> list[Target]:
        """Return the targets of the load balancer, with their health."""
        return load_balancer.targets(self._elbv2, of.target_groups)

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

    def revisions(self, number: int) -> list[Revision]:
        """Return the newest revisions of the task definition, the newest first."""
        return revisions.newest(self._ecs, self.settings.name, self.settings.service.container_name, number)

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
        with self.deployed(), suppress(self._image_not_found):
            return self.repository.pushed(digest)
        return None

    def certificate(self) -> Certificate:
        """Return the certificate.

        Raises:
            NotDeployedError: The certificate does not exist.
        """
        return self._existing(certificate.find(self._acm, self.settings), f"certificate of {self.settings.domain}")

    def database(self) -> Database:
        """Return the database.

        Raises:
            NotDeployedError: The database does not exist.
        """
        return self._existing(database.find(self._rds, self.settings), f"database {self.settings.name}")

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
        found = [streams for project in projects if (streams := logs.of_project(self._codebuild, project))]
        return self._logging(next(iter(found), None), "build project")

    def database_log(self) -> Streams:
        """Return the log streams of the database.

        Raises:
            NotDeployedError: The database does not exist.
            OutsideError: The database exports no logs to CloudWatch.
        """
        name = self.settings.name
        exported = self._existing(database.exported_logs(self._rds, self.settings), f"database {name}")
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
        stream = logs.of_build(self._codebuild, build)
        return self.logs.last(stream, count) if stream else []

    def _of_container(self, revision: str) -> Streams | None:
        definition = self._ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
        return logs.of_container(definition, self.settings.service.container_name)

    def _logging(self, found: Streams | None, what: str) -> Streams:
        if found is None:
            raise OutsideError(f"{self.name}: the {what} writes no logs to CloudWatch; run make diff ENV={self.name}")
        return found

    def password(self, of: Database) -> Password:
        """Return when the master password of the database was rotated."""
        return database.password(self._secrets, of.secret)

    def secret_references(self) -> list[Reference]:
        """Return the secrets and parameters to which the container refers, by its variables.

        Raises:
            NotDeployedError: The service does not exist.
        """
        service = self._existing(active_service(self._ecs, self.settings), f"service {self.settings.name}")
        return secrets.references(self.definition(service["taskDefinition"]))

    def secret(self, of: Reference) -> Callable[[], Source | None]:
        """Return a function that reads a secret, without its value.

        boto3 must not create clients in several threads, so this method creates the client of the region.
        """
        return partial(secrets.secret, self._made.client("secretsmanager", region_name=of.region), of.source)

    def parameters(self, region: str | None, names: Sequence[str]) -> Callable[[], dict[str, Source]]:
        """Return a function that reads parameters of a region, without their values."""
        return partial(secrets.parameters, self._made.client("ssm", region_name=region), names)

    def alarms(self) -> list[Alarm]:
        """Return the alarms in CloudWatch. An environment without alarms has an empty list."""
        return alarms.of_environment(self._cloudwatch, self.settings)

    def secret_keys(self, of: Reference) -> set[str] | None:
        """Return the keys in the JSON of a secret, or None if the value is not a JSON object."""
        return secrets.keys(self._made.client("secretsmanager", region_name=of.region), of)

    def role(self, arn: str) -> Role | None:
        """Return a role, or None if it does not exist."""
        return roles.find(self._iam, arn)

    def may(self, role: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
        """Return whether the policies of a role allow an action on a resource."""
        return roles.may(self._iam, role, action, resource, context)

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
        return network.subnets(self._ec2, ids)

    def security_groups(self, ids: Sequence[str]) -> list[SecurityGroup]:
        """Return the security groups that exist, with their rules."""
        return network.security_groups(self._ec2, ids)

    def load_balancer(self, target_groups: Sequence[str]) -> LoadBalancer:
        """Return the security groups and the subnets of the load balancer of target groups."""
        return network.load_balancer(self._elbv2, target_groups)

    def _service(self) -> "ServiceTypeDef":
        return self._existing(active_service(self._ecs, self.settings), f"service {self.settings.name}")

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
