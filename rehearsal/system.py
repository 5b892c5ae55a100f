"""The deployed system as the AWS API shows it."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from localaws.server import LocalAws
from operations.wait import until

TIMEOUT_SECONDS = 60


class CheckError(Exception):
    """What was deployed is not what was promised; the message names what, where, what it is and what it should be."""


def expect(what: str, seen: object, expected: object) -> None:
    """Refuse what is not as expected."""
    if seen != expected:
        raise CheckError(f"{what} is {seen!r}, expected {expected!r}")


def wait_for_delivery(
    aws: LocalAws, wanted: Callable[[dict[str, Any]], bool], timeout_seconds: float
) -> dict[str, Any]:
    """Wait until an event that is wanted was offered to every rule, and give the delivery: what each rule made of it.

    That is the place to look why a push has started nothing, and the way to know that it will not.
    """

    seen = 0

    def delivered() -> dict[str, Any] | None:
        nonlocal seen
        new = aws.deliveries(since=seen)
        seen += len(new)
        return next((dict(delivery) for delivery in new if wanted(delivery["event"])), None)

    return until(delivered, timeout_seconds, "no such event was delivered")


class System:
    """One environment's system, found by the outputs of its stacks and read through the AWS API alone."""

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
    def ecr(self) -> Any:
        """The client of ECR."""
        return self.aws.client("ecr")

    @cached_property
    def ecs(self) -> Any:
        """The client of ECS."""
        return self.aws.client("ecs")

    def repository(self) -> dict[str, Any]:
        """The repository."""
        found: dict[str, Any] = self.ecr.describe_repositories(repositoryNames=[self.repository_name])
        repository: dict[str, Any] = found["repositories"][0]
        return repository

    def service(self) -> dict[str, Any]:
        """The service."""
        found = self.ecs.describe_services(cluster=self.cluster_name, services=[self.service_name])["services"]
        if not found:
            raise CheckError(f"cluster {self.cluster_name} has no service {self.service_name}")
        service: dict[str, Any] = found[0]
        return service

    def deployment(self) -> dict[str, Any]:
        """The deployment that the service has or is making."""
        [deployment] = [item for item in self.service()["deployments"] if item["status"] == "PRIMARY"]
        found: dict[str, Any] = deployment
        return found

    def stopped_reasons(self, deployment: str) -> list[str]:
        """Why tasks that a deployment started have stopped, each reason one time."""
        service = {"cluster": self.cluster_name, "serviceName": self.service_name}
        arns = self.ecs.list_tasks(**service, desiredStatus="STOPPED")["taskArns"]
        stopped = self.ecs.describe_tasks(cluster=self.cluster_name, tasks=arns)["tasks"] if arns else []
        return sorted({task["stoppedReason"] for task in stopped if task["startedBy"] == deployment})

    def database(self) -> dict[str, Any]:
        """The database whose host the container knows."""
        host = {item["name"]: item["value"] for item in self.container()["environment"]}["DB_HOST"]
        for instance in self.aws.client("rds").describe_db_instances()["DBInstances"]:
            if instance["Endpoint"]["Address"] == host:
                found: dict[str, Any] = instance
                return found
        raise CheckError(f"the container's DB_HOST is {host}, and no database answers there")

    def task_definition(self) -> dict[str, Any]:
        """The revision of the task definition that the service runs now."""
        answer = self.ecs.describe_task_definition(taskDefinition=self.service()["taskDefinition"])
        definition: dict[str, Any] = answer["taskDefinition"]
        return definition

    def revision(self) -> str:
        """The family and the number of that revision, as in `app:7`."""
        definition = self.task_definition()
        return f"{definition['family']}:{definition['revision']}"

    def container(self) -> dict[str, Any]:
        """The container of that revision."""
        container: dict[str, Any] = self.task_definition()["containerDefinitions"][0]
        return container

    def started_by(self, what: str, event: Callable[[dict[str, Any]], bool]) -> str:
        """Wait until what happened was offered to every rule as an event; the one execution that this started."""
        delivery = wait_for_delivery(self.aws, event, TIMEOUT_SECONDS)
        targets = [target for rule in delivery["rules"] for target in rule["targets"]]
        started = [target["started"] for target in targets if "started" in target]
        if len(started) != 1:
            raise CheckError(
                f"{what} must start one execution, started {len(started)}. "
                f"The rules said: {json.dumps(delivery['rules'])}"
            )
        execution: str = started[0]
        return execution

    def actions(self) -> dict[str, dict[str, Any]]:
        """The pipeline's actions by the name of their provider."""
        pipeline = self.aws.client("codepipeline").get_pipeline(name=self.pipeline_name)["pipeline"]
        return {
            action["actionTypeId"]["provider"]: action for stage in pipeline["stages"] for action in stage["actions"]
        }

    def build_project(self) -> dict[str, Any]:
        """The CodeBuild project of the pipeline's build action."""
        name = self.actions()["CodeBuild"]["configuration"]["ProjectName"]
        found = self.aws.client("codebuild").batch_get_projects(names=[name])["projects"]
        if not found:
            raise CheckError(f"the pipeline's build action names the project {name}, which does not exist")
        project: dict[str, Any] = found[0]
        return project
