"""A cluster on the shared local AWS, with a revision whose container has secrets, variables and a log."""

from functools import cached_property
from typing import Any

from rich.console import Console

from operations.images import copy
from operations.images.progress import Progress
from operations.images.repository import Repository
from rehearsal.images.image import File, Image, archive
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, until

TASKS = {"Service": "ecs-tasks.amazonaws.com"}


class Cluster:
    """A cluster, and what its one-off tasks need."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ecs = clients().client("ecs")
        self.ecs.create_cluster(clusterName=name)
        clients().client("logs").create_log_group(logGroupName=name)
        secrets = clients().client("secretsmanager")
        self.secret: str = secrets.create_secret(Name=name, SecretString='{"user": "app"}')["ARN"]
        clients().client("ssm").put_parameter(Name=f"/{name}/dsn", Value="from SSM", Type="SecureString")
        parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}/dsn"
        self.execution_role = clients().role(f"{name}-execution", TASKS)
        self.task_role = clients().role(f"{name}-task", TASKS, rights=())
        self.container: dict[str, Any] = {
            "name": "app",
            "image": "app",
            "environment": [{"name": "A", "value": "of the revision"}, {"name": "B", "value": "of the revision"}],
            "secrets": [
                {"name": "USER", "valueFrom": f"{self.secret}:user::"},
                {"name": "DSN", "valueFrom": parameter},
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": name, "awslogs-region": REGION, "awslogs-stream-prefix": "web"},
            },
        }
        self.revision = self.register()

    @cached_property
    def network(self) -> dict[str, Any]:
        subnet = clients().client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        return {"awsvpcConfiguration": {"subnets": [subnet]}}

    def register(self, *others: dict[str, Any], container: dict[str, Any] | None = None, **changed: Any) -> str:
        settings = {
            "executionRoleArn": self.execution_role,
            "taskRoleArn": self.task_role,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
        } | changed
        answer = self.ecs.register_task_definition(
            family=self.name,
            containerDefinitions=[self.container | (container or {}), *others],
            **{name: value for name, value in settings.items() if value},
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def start(self, *command: str, environment: dict[str, str] | None = None, **changed: Any) -> dict[str, Any]:
        """Start a task with a command, and return the task in the answer of RunTask."""
        variables = [{"name": name, "value": value} for name, value in (environment or {}).items()]
        override = {"name": "app"} | ({"command": [*command]} if command else {})
        request = {
            "cluster": self.name,
            "taskDefinition": self.revision,
            "launchType": "FARGATE",
            "networkConfiguration": self.network,
            "overrides": {"containerOverrides": [override | ({"environment": variables} if variables else {})]},
        }
        answer = self.ecs.run_task(**{name: value for name, value in (request | changed).items() if value is not None})
        assert answer["failures"] == []
        task: dict[str, Any] = answer["tasks"][0]
        return task

    def run(self, *command: str, **changed: Any) -> dict[str, Any]:
        """Start a task with a command, wait until it has stopped, and return it."""
        return self.stopped(self.start(*command, **changed))

    def stopped(self, task: dict[str, Any]) -> dict[str, Any]:
        until(lambda: self.shown(task)["lastStatus"] == "STOPPED")
        return self.shown(task)

    def shown(self, task: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_tasks(cluster=self.name, tasks=[task["taskArn"]])["tasks"][0]
        return found

    def log(self, task: dict[str, Any], container: str = "app") -> list[str]:
        """Return the messages in the log stream of a container, none before the stream exists."""
        stream = {"logGroupName": self.name, "logStreamName": f"web/{container}/{task['taskArn'].rpartition('/')[2]}"}
        logs = clients().client("logs")
        try:
            return [each["message"] for each in logs.get_log_events(**stream)["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []


def push(repository: str, **parameters: object) -> str:
    """Push an image with parameters of execution into a new repository, and return its name."""
    ecr = clients().client("ecr")
    uri: str = ecr.create_repository(repositoryName=repository)["repository"]["repositoryUri"]
    image = Image.assemble([archive({"/content": File(b"", executable=True)})], {"Cmd": ["/content"], **parameters})
    described, pushed = image.described, Repository(ecr, repository)
    copy.upload(image, pushed, described, Progress(Console(quiet=True)))
    pushed.put(described[described.digest], "latest")
    return uri
