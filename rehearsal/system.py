"""The deployed system, read through the AWS API."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from localaws.server import LocalAws
from operations.images.repository import Repository
from operations.json_types import JsonObject
from operations.system import tasks
from operations.system.executions import Executions
from operations.system.service import described, newest_deployment
from operations.wait import until

if TYPE_CHECKING:
    from types_boto3_codebuild.type_defs import ProjectTypeDef
    from types_boto3_codepipeline import CodePipelineClient
    from types_boto3_codepipeline.type_defs import ActionDeclarationOutputTypeDef
    from types_boto3_ecr import ECRClient
    from types_boto3_ecr.type_defs import RepositoryTypeDef
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import (
        ContainerDefinitionOutputTypeDef,
        DeploymentTypeDef,
        ServiceTypeDef,
        TaskDefinitionTypeDef,
    )
    from types_boto3_rds import RDSClient
    from types_boto3_rds.type_defs import DBInstanceTypeDef

TIMEOUT_SECONDS = 60


class CheckError(Exception):
    """The deployed system differs from what the project promises. The message names the difference."""


def expect(what: str, actual: object, expected: object) -> None:
    """Compare a value with the expected value.

    Raises:
        CheckError: The values differ.
    """
    if actual != expected:
        raise CheckError(f"{what} is {actual!r}, expected {expected!r}")


def wait_for_delivery(aws: LocalAws, wanted: Callable[[JsonObject], bool], timeout_seconds: float) -> JsonObject:
    """Wait until the event bus has delivered an event, and return the record with the result of each rule.

    The record also shows why an event has started nothing.

    Args:
        aws: The local AWS.
        wanted: Returns whether an event is the one to wait for.
        timeout_seconds: How long to wait.

    Raises:
        TimeoutError: No such event was delivered in this time.
    """
    count = 0

    def delivered() -> JsonObject | None:
        nonlocal count
        new = aws.deliveries(since=count)
        count += len(new)
        return next((delivery for delivery in new if wanted(delivery["event"])), None)

    return until(delivered, timeout_seconds, "no such event was delivered")


class System:
    """One environment's system, found by the outputs of its stacks."""

    def __init__(
        self, aws: LocalAws, *, repository_url: str, cluster_name: str, service_name: str, pipeline_name: str
    ) -> None:
        self.aws = aws
        self.repository_url = repository_url
        self.repository_name = repository_url.split("/", 1)[1]
        self.cluster_name = cluster_name
        self.service_name = service_name
        self.pipeline_name = pipeline_name

    @cached_property
    def ecr(self) -> "ECRClient":
        """A client of ECR."""
        client: ECRClient = self.aws.client("ecr")
        return client

    @cached_property
    def ecs(self) -> "ECSClient":
        """A client of ECS."""
        client: ECSClient = self.aws.client("ecs")
        return client

    @cached_property
    def codepipeline(self) -> "CodePipelineClient":
        """A client of CodePipeline."""
        client: CodePipelineClient = self.aws.client("codepipeline")
        return client

    @cached_property
    def executions(self) -> Executions:
        """The executions of the pipeline."""
        return Executions(self.codepipeline, self.pipeline_name)

    def repository(self) -> "RepositoryTypeDef":
        """Return the repository."""
        return Repository(self.ecr, self.repository_name).describe()

    def service(self) -> "ServiceTypeDef":
        """Return the service."""
        found = described(self.ecs, self.service_name)
        if not found:
            raise CheckError(f"cluster {self.cluster_name} has no service {self.service_name}")
        return found

    def deployment(self) -> "DeploymentTypeDef":
        """Return the newest deployment of the service, complete or in progress."""
        return newest_deployment(self.service())

    def stopped_reasons(self, *, since: datetime) -> list[str]:
        """Return the reasons why tasks that were created since a time have stopped, without duplicates."""
        stopped = tasks.of_service(self.ecs, self.service_name, desired=["STOPPED"])
        return sorted({task.stopped_reason for task in stopped if task.created >= since})

    def database(self) -> "DBInstanceTypeDef":
        """Return the database to which the container connects."""
        host = {item["name"]: item["value"] for item in self.container()["environment"]}["DB_HOST"]
        rds: RDSClient = self.aws.client("rds")
        for instance in rds.describe_db_instances()["DBInstances"]:
            if instance["Endpoint"]["Address"] == host:
                return instance
        raise CheckError(f"the container's DB_HOST is {host}, and no database has that address")

    def task_definition(self) -> "TaskDefinitionTypeDef":
        """Return the revision of the task definition that the service runs."""
        return self.ecs.describe_task_definition(taskDefinition=self.service()["taskDefinition"])["taskDefinition"]

    def revision(self) -> str:
        """Return the family and the number of the revision that the service runs, such as `app:7`."""
        definition = self.task_definition()
        return f"{definition['family']}:{definition['revision']}"

    def container(self) -> "ContainerDefinitionOutputTypeDef":
        """Return the container definition of the revision that the service runs."""
        return self.task_definition()["containerDefinitions"][0]

    def started_by(self, what: str, event: Callable[[JsonObject], bool]) -> str:
        """Wait until the event bus has delivered an event, and return the execution that the event started.

        Args:
            what: The cause of the event, for the error message.
            event: Returns whether an event is the one to wait for.
        """
        delivery = wait_for_delivery(self.aws, event, TIMEOUT_SECONDS)
        targets = [target for rule in delivery["rules"] for target in rule["targets"]]
        started: list[str] = [target["started"] for target in targets if "started" in target]
        if len(started) != 1:
            raise CheckError(
                f"{what} must start one execution, started {len(started)}. The rules: {json.dumps(delivery['rules'])}"
            )
        return started[0]

    def actions(self) -> "dict[str, ActionDeclarationOutputTypeDef]":
        """Return the declared actions of the pipeline by the names of their providers."""
        return {action["actionTypeId"]["provider"]: action for action in self.executions.declared_actions()}

    def build_project(self) -> "ProjectTypeDef":
        """Return the CodeBuild project of the pipeline's build action."""
        name = self.actions()["CodeBuild"]["configuration"]["ProjectName"]
        found: list[ProjectTypeDef] = self.aws.client("codebuild").batch_get_projects(names=[name])["projects"]
        if not found:
            raise CheckError(f"the pipeline's build action names the project {name}, which does not exist")
        return found[0]

    def denials(self, *, since: int = 0) -> list[str]:
        """Return the messages of IAM's denials, without duplicates.

        Args:
            since: The number of the oldest decisions to skip.
        """
        messages: list[str] = [each["message"] for each in self.aws.decisions()[since:] if not each["allowed"]]
        return list(dict.fromkeys(messages))
