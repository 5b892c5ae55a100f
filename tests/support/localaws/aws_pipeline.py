"""A complete system created with boto3, for the tests of the pipeline runner, which does not import this project."""

import atexit
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from localaws.iam.roles import Aws
from localaws.server import LocalAws
from operations.wait import until as wait_until
from rehearsal.system import wait_for_delivery
from tests.support.localaws.images import put_image

REGION = "eu-central-1"
ACCOUNT = "123456789012"
ECHO = 'echo "[{\\"name\\":\\"$CONTAINER_NAME\\",\\"imageUri\\":\\"$REPOSITORY_URI\\"}]" > imagedefinitions.json'
TIMEOUT_SECONDS = 20.0

ALLOW_ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}

_until_the_end = ExitStack()
atexit.register(_until_the_end.close)


@cache
def clients() -> "Clients":
    """Return clients of the shared local AWS, a separate process that ends with this one."""
    folder = _until_the_end.enter_context(TemporaryDirectory())
    return Clients(_until_the_end.enter_context(LocalAws.start(Path(folder) / "log", region=REGION)))


def system(name: str, **how: Any) -> "System":
    """Create a system on the shared local AWS, and wait for the end of its first execution, which finds no image."""
    made = System(clients(), name, **how).create()
    made.over(made.executions()[0]["pipelineExecutionId"])
    return made


def until(happened: Callable[[], bool]) -> None:
    """Wait until `happened` returns true; fail after `TIMEOUT_SECONDS`."""
    wait_until(happened, TIMEOUT_SECONDS, "it has not happened")


class Clients:
    """Clients of a local AWS, cached by service."""

    def __init__(self, local: LocalAws) -> None:
        self.local = local
        self.deliveries = local.deliveries
        self.client = cache(local.client)

    def aws(self, region: str = REGION) -> Aws:
        """Return the APIs of a region, as the services of the local AWS use them."""
        return Aws(self.local.endpoint, self.local.key, region, self.local.decide)

    def role(
        self,
        name: str,
        principal: Mapping[str, str | list[str]],
        *,
        rights: Sequence[dict[str, Any]] = (ALLOW_ALL,),
        **more: Any,
    ) -> str:
        """Create a role that a principal may assume, with the statements as its only policy, and return its ARN.

        `more` is added to the statement of the trust policy.
        """
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
        iam = self.client("iam")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if rights:
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*rights))
        return arn


FROM_ANOTHER_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
"""A condition of a trust policy that no service of this account meets."""


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


TASK_DEFINITION: dict[str, Any] = {
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "1024",
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "ephemeralStorage": {"sizeInGiB": 30},
    "volumes": [{"name": "scratch"}],
    "tags": [{"key": "app", "value": "shop"}],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "shop:first",
            "essential": True,
            "readonlyRootFilesystem": True,
            "environment": [{"name": "DB_NAME", "value": "app"}],
            "portMappings": [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch", "readOnly": False}],
            "linuxParameters": {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": True},
            "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "tasks", "awslogs-region": REGION, "awslogs-stream-prefix": "app"},
            },
        },
        {"name": "proxy", "image": "proxy:1", "essential": False},
    ],
}


@dataclass
class System:
    """Repository, service, build project, pipeline and rule, under names that begin with `name`.

    Tests vary the fields; `create` creates all resources.
    """

    aws: Clients
    name: str
    buildspec: str = json.dumps(
        {"version": "0.2", "phases": {"build": {"commands": [ECHO]}}, "artifacts": {"files": ["imagedefinitions.json"]}}
    )
    variables: dict[str, str] = field(default_factory=dict)
    pattern: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)
    mode: str = "SUPERSEDED"
    service_name: str = "web"
    by_digest: bool = False
    image_tag: str | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    service_settings: dict[str, Any] = field(default_factory=dict)

    def create(self) -> "System":
        aws = self.aws
        aws.client("s3").create_bucket(
            Bucket=f"{self.name}-artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.repository_uri = aws.client("ecr").create_repository(repositoryName=self.name)["repository"][
            "repositoryUri"
        ]
        self.roles = {
            name: aws.role(f"{self.name}-{name}", {"Service": f"{name}.amazonaws.com"})
            for name in ("codepipeline", "codebuild", "events", "ecs-tasks")
        }
        ecs = aws.client("ecs")
        ecs.create_cluster(clusterName=self.name)
        ecs.register_task_definition(family=self.name, **self.task())
        ecs.create_service(
            cluster=self.name,
            serviceName=self.service_name,
            taskDefinition=f"{self.name}:1",
            desiredCount=1,
            launchType="FARGATE",
            **self.service_settings,
        )
        self.create_project(self.name, self.buildspec)
        self.pipeline_arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{self.name}"
        aws.client("codepipeline").create_pipeline(pipeline=self.declaration())
        self._create_rule()
        return self

    def create_project(self, name: str, buildspec: str) -> None:
        """Create a build project with the variables of this system."""
        variables = {"CONTAINER_NAME": "app", "REPOSITORY_URI": self.repository_uri} | self.variables
        self.aws.client("codebuild").create_project(
            name=name,
            source={"type": "CODEPIPELINE", "buildspec": buildspec},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:6.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": key, "value": value} for key, value in variables.items()],
            },
            serviceRole=self.roles["codebuild"],
        )

    def _create_rule(self) -> None:
        pattern = self.pattern or {
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Action"],
            "detail": {
                "action-type": ["PUSH"],
                "result": ["SUCCESS"],
                "repository-name": [self.name],
                "image-tag": ["latest"],
            },
        }
        events = self.aws.client("events")
        self.rule_arn = events.put_rule(Name=self.name, EventPattern=json.dumps(pattern))["RuleArn"]
        target = {"Id": "pipeline", "Arn": self.pipeline_arn, "RoleArn": self.roles["events"]} | self.target
        events.put_targets(Rule=self.name, Targets=[target])

    def task(self) -> dict[str, Any]:
        """Return the task definition with this system's roles, and a secret and a log group for its first container."""
        secret = self.aws.client("secretsmanager").create_secret(Name=f"{self.name}/db", SecretString='{"user": "app"}')
        with suppress(self.aws.client("logs").exceptions.ResourceAlreadyExistsException):
            self.aws.client("logs").create_log_group(logGroupName="tasks")
        app, *others = TASK_DEFINITION["containerDefinitions"]
        secrets = [{"name": "DB_USER", "valueFrom": f"{secret['ARN']}:user::"}]
        return TASK_DEFINITION | {
            "executionRoleArn": self.roles["ecs-tasks"],
            "taskRoleArn": self.roles["ecs-tasks"],
            "containerDefinitions": [app | {"secrets": secrets}, *others],
        }

    def declaration(self) -> dict[str, Any]:
        """Return the declaration of the pipeline."""
        return {
            "name": self.name,
            "roleArn": self.roles["codepipeline"],
            "pipelineType": "V2",
            "executionMode": self.mode,
            "artifactStore": {"type": "S3", "location": f"{self.name}-artifacts"},
            "stages": self.stages
            or [
                {"name": "Source", "actions": [self.source(namespace="Source")]},
                {"name": "Build", "actions": [self.build(**self._digest())]},
                {"name": "Deploy", "actions": [self.deploy()]},
            ],
        }

    def _digest(self) -> dict[str, Any]:
        if not self.by_digest:
            return {}
        uri = {"name": "REPOSITORY_URI", "value": f"{self.repository_uri}@#{{Source.ImageDigest}}"}
        return {"configuration": {"ProjectName": self.name, "EnvironmentVariables": json.dumps([uri])}}

    def source(self, **changed: Any) -> dict[str, Any]:
        return {
            "name": "Push",
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "ECR", "version": "1"},
            "configuration": {"RepositoryName": self.name, **self._tag()},
            "outputArtifacts": [{"name": "image"}],
        } | changed

    def _tag(self) -> dict[str, str]:
        return {"ImageTag": self.image_tag} if self.image_tag else {}

    def build(self, **changed: Any) -> dict[str, Any]:
        return {
            "name": "Build",
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": {"ProjectName": self.name},
            "inputArtifacts": [{"name": "image"}],
            "outputArtifacts": [{"name": "definitions"}],
        } | changed

    def deploy(self, **changed: Any) -> dict[str, Any]:
        return {
            "name": "Deploy",
            "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "ECS", "version": "1"},
            "configuration": {"ClusterName": self.name, "ServiceName": self.service_name},
            "inputArtifacts": [{"name": "definitions"}],
        } | changed

    def update(self, declaration: dict[str, Any]) -> None:
        self.aws.client("codepipeline").update_pipeline(pipeline=declaration)

    def put_image(self, content: str, tag: str = "latest") -> str:
        """Push an image and return its digest."""
        return put_image(self.aws.client("ecr"), self.name, content, tag)

    def delivery(self, **detail: str) -> dict[str, Any]:
        """Wait for the delivery of this repository's event with the detail, and return the outcome of the rule."""

        def wanted(event: Mapping[str, Any]) -> bool:
            return bool((detail | {"repository-name": self.name}).items() <= event["detail"].items())

        delivery = wait_for_delivery(self.aws.local, wanted, TIMEOUT_SECONDS)
        [outcome] = [rule for rule in delivery["rules"] if rule["rule"] == self.rule_arn]
        return {name: value for name, value in outcome.items() if name != "rule"}

    def push(self, content: str, tag: str = "latest") -> dict[str, Any]:
        """Push an image, wait for the end of the execution that it starts, and return the execution."""
        digest = self.put_image(content, tag)
        delivery = self.delivery(**{"image-digest": digest, "image-tag": tag, "action-type": "PUSH"})
        return self.over(delivery["targets"][0]["started"])

    def start(self, **how: Any) -> str:
        return str(
            self.aws.client("codepipeline").start_pipeline_execution(name=self.name, **how)["pipelineExecutionId"]
        )

    def over(self, execution_id: str) -> dict[str, Any]:
        """Wait for the end of an execution, and return it."""
        client = self.aws.client("codepipeline")

        def ended() -> dict[str, Any] | None:
            answer = client.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution_id)
            execution: dict[str, Any] = answer["pipelineExecution"]
            return execution if execution["status"] not in ("InProgress", "Stopping") else None

        return wait_until(ended, TIMEOUT_SECONDS, f"execution {execution_id} of {self.name} is not over")

    def executions(self) -> list[dict[str, Any]]:
        """Return the executions, oldest first."""
        answer = self.aws.client("codepipeline").list_pipeline_executions(pipelineName=self.name)
        return list(reversed(answer["pipelineExecutionSummaries"]))

    def actions(self, execution_id: str) -> dict[str, dict[str, Any]]:
        """Return the action executions of an execution, by the names of the actions."""
        answer = self.aws.client("codepipeline").list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": execution_id}
        )
        return {action["actionName"]: action for action in reversed(answer["actionExecutionDetails"])}

    def error(self, execution_id: str, action: str) -> dict[str, str]:
        """Return the code and the message of a failed action."""
        error: dict[str, str] = self.actions(execution_id)[action]["output"]["executionResult"]["errorDetails"]
        return error

    def artifact(self, execution_id: str, action: str) -> dict[str, str]:
        """Return the files of an action's output artifact."""
        [artifact] = self.actions(execution_id)[action]["output"]["outputArtifacts"]
        place = artifact["s3location"]
        body = self.aws.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}

    def service(self) -> dict[str, Any]:
        services = self.aws.client("ecs").describe_services(cluster=self.name, services=[self.service_name])["services"]
        service: dict[str, Any] = services[0]
        return service

    def task_definition(self, revision: str = "") -> dict[str, Any]:
        """Return a revision as DescribeTaskDefinition does, with its tags; without a name, the service's revision."""
        wanted = revision or self.service()["taskDefinition"]
        answer = self.aws.client("ecs").describe_task_definition(taskDefinition=wanted, include=["TAGS"])
        described: dict[str, Any] = answer["taskDefinition"] | {"tags": answer["tags"]}
        return described

    def log(self, execution_id: str) -> str:
        """Return the log of an execution's build, without timestamps."""
        build_id = self.actions(execution_id)["Build"]["output"]["executionResult"]["externalExecutionId"]
        [build] = self.aws.client("codebuild").batch_get_builds(ids=[build_id])["builds"]
        events = self.aws.client("logs").get_log_events(
            logGroupName=build["logs"]["groupName"], logStreamName=build["logs"]["streamName"], startFromHead=True
        )["events"]
        return "".join(event["message"] for event in events)
