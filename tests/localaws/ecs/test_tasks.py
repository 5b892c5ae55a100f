"""What ECS does for a service that is deployed: tasks start with what their roles may do, or the breaker ends it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

import json
import re
from typing import Any

import pytest

from rehearsal.images import push_image
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, policy, until

TASKS = {"Service": "ecs-tasks.amazonaws.com"}
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/started-app"
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "maximumPercent": 200}


def grant(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


class Service:
    """A cluster and a service of one container, whose execution role may do just what its start needs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ecs = clients().client("ecs")
        self.image = self._image()
        self.secret = clients().client("secretsmanager").create_secret(Name=name, SecretString='{"user": "app"}')["ARN"]
        clients().client("ssm").put_parameter(Name=f"/{name}/dsn", Value="dsn", Type="SecureString")
        clients().client("logs").create_log_group(logGroupName=name)
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"
        self.parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}/dsn"
        self.rights = [
            grant("LogIn", ["ecr:GetAuthorizationToken"], "*"),
            grant("Pull", pull, REPOSITORY),
            grant("Read", ["secretsmanager:GetSecretValue"], self.secret),
            grant("ReadParameter", ["ssm:GetParameters"], self.parameter),
            grant("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], logs),
        ]
        self.role = clients().role(f"{name}-execution", TASKS, rights=self.rights)
        self.task_role = clients().role(f"{name}-task", TASKS, rights=())
        self.ecs.create_cluster(clusterName=name)

    def _image(self) -> str:
        ecr = clients().client("ecr")
        uri: str = ecr.create_repository(repositoryName="started-app")["repository"]["repositoryUri"]
        push_image(ecr, "started-app", "latest", b"first")
        return uri

    def register(self, **container: Any) -> str:
        options = {"awslogs-group": self.name, "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
        whole = {
            "name": "app",
            "image": self.image,
            "secrets": [
                {"name": "USER", "valueFrom": f"{self.secret}:user::"},
                {"name": "DSN", "valueFrom": self.parameter},
            ],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        } | container
        answer = self.ecs.register_task_definition(
            family=self.name,
            executionRoleArn=self.role,
            taskRoleArn=self.task_role,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[whole],
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def may(self, *rights: dict[str, Any]) -> None:
        iam = clients().client("iam")
        iam.put_role_policy(RoleName=f"{self.name}-execution", PolicyName="rights", PolicyDocument=policy(*rights))

    def create(self, revision: str, **how: Any) -> dict[str, Any]:
        self.ecs.create_service(
            cluster=self.name, serviceName="web", taskDefinition=revision, desiredCount=2, launchType="FARGATE", **how
        )
        return self.settled()

    def update(self, **how: Any) -> dict[str, Any]:
        self.ecs.update_service(cluster=self.name, service="web", **how)
        return self.settled()

    def settled(self) -> dict[str, Any]:
        until(lambda: not any(d["rolloutState"] == "IN_PROGRESS" for d in self.shown()["deployments"]))
        return self.shown()

    def shown(self) -> dict[str, Any]:
        service: dict[str, Any] = self.ecs.describe_services(cluster=self.name, services=["web"])["services"][0]
        return service

    def deployments(self) -> list[tuple[str, str, str, int]]:
        return [
            (d["status"], d["taskDefinition"].rpartition(":")[2], d["rolloutState"], d["runningCount"])
            for d in self.shown()["deployments"]
        ]


@pytest.fixture(scope="module")
def service() -> Service:
    made = Service("started")
    made.create(made.register(), deploymentConfiguration=BREAKER)
    return made


def test_a_service_runs_as_many_tasks_as_it_wants(service: Service) -> None:
    shown = service.shown()
    [cluster] = service.ecs.describe_clusters(clusters=["started"])["clusters"]

    assert service.deployments() == [("PRIMARY", "1", "COMPLETED", 2)]
    assert (shown["runningCount"], shown["pendingCount"], cluster["runningTasksCount"]) == (2, 0, 2)


def test_each_task_asked_for_just_what_the_page_of_the_execution_role_names(service: Service) -> None:
    asked = [one for one in clients().local.decisions() if one["principal"] == service.role]

    assert all(one["allowed"] for one in asked)
    assert {one["action"]: one["resource"].partition(":log-stream:")[0] for one in asked} == {
        "ecr:GetAuthorizationToken": "*",
        "ecr:BatchGetImage": REPOSITORY,
        "ecr:BatchCheckLayerAvailability": REPOSITORY,
        "ecr:GetDownloadUrlForLayer": REPOSITORY,
        "secretsmanager:GetSecretValue": service.secret,
        "ssm:GetParameters": service.parameter,
        "logs:CreateLogStream": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:started",
        "logs:PutLogEvents": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:started",
    }


def test_each_task_has_a_log_stream_of_its_own(service: Service) -> None:
    streams = clients().client("logs").describe_log_streams(logGroupName=service.name)["logStreams"]

    assert len(streams) >= 2
    assert all(stream["logStreamName"].startswith("app/app/") for stream in streams)


def test_a_forced_deployment_is_another_one_of_the_same_revision(service: Service) -> None:
    before = service.shown()["deployments"][0]["id"]

    after = service.update(forceNewDeployment=True)["deployments"]

    assert [(d["taskDefinition"], d["rolloutState"]) for d in after] == [
        (service.shown()["taskDefinition"], "COMPLETED")
    ]
    assert after[0]["id"] != before


def test_scaling_is_no_deployment(service: Service) -> None:
    before = service.shown()["deployments"][0]["id"]

    scaled = service.update(desiredCount=3)
    counts = (scaled["runningCount"], scaled["deployments"][0]["id"] == before)
    service.update(desiredCount=2)

    assert counts == (3, True)


MISSING = "because no identity-based policy allows the"
REASONS = {
    "LogIn": f"ResourceInitializationError: .*ecr registry auth.*AccessDeniedException: .*{MISSING} ecr:GetAuthor",
    "Pull": f"CannotPullContainerError: .*AccessDeniedException: .*{MISSING} ecr:BatchGetImage action",
    "Read": f"ResourceInitializationError: .*retrieve secret.*{MISSING} secretsmanager:GetSecretValue action",
    "ReadParameter": f"ResourceInitializationError: .*retrieve secret.*{MISSING} ssm:GetParameters action",
    "Log": f"ResourceInitializationError: .*create Cloudwatch log stream: .*{MISSING} logs:CreateLogStream action",
}


@pytest.mark.parametrize(("without", "reason"), REASONS.items(), ids=REASONS)
def test_a_deployment_whose_tasks_may_not_start_is_rolled_back_and_says_why(
    service: Service, without: str, reason: str
) -> None:
    running = service.shown()["taskDefinition"]
    service.may(*[right for right in service.rights if right["Sid"] != without])
    try:
        shown = service.update(taskDefinition=service.register())
    finally:
        service.may(*service.rights)

    back, failed = shown["deployments"]
    assert shown["taskDefinition"] == back["taskDefinition"] == running
    assert (back["status"], back["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert (failed["status"], failed["rolloutState"], failed["failedTasks"]) == ("ACTIVE", "FAILED", 1)
    assert re.search(reason, failed["rolloutStateReason"])
    assert failed["rolloutStateReason"].rpartition("failed to start: ")[2] in shown["events"][0]["message"]


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/started-app:none"}, "CannotPullContainerError"),
        ({"image": f"999999999999.dkr.ecr.{REGION}.amazonaws.com/started-app"}, "CannotPullContainerError"),
        ({"image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/started-app"}, "CannotPullContainerError"),
        ({"secrets": [{"name": "USER", "valueFrom": "none"}]}, "parameter does not exist: none"),
    ],
)
def test_what_is_not_there_fails_a_deployment_too(service: Service, container: dict[str, Any], reason: str) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    service.may(everything)
    try:
        shown = service.update(taskDefinition=service.register(**container))
    finally:
        service.may(*service.rights)

    assert reason in shown["deployments"][1]["rolloutStateReason"]


def test_a_role_that_ecs_may_not_assume_fails_it(service: Service) -> None:
    iam, trust = clients().client("iam"), {"Effect": "Allow", "Action": "sts:AssumeRole"}
    other = policy(trust | {"Principal": {"Service": "ec2.amazonaws.com"}})
    iam.update_assume_role_policy(RoleName="started-task", PolicyDocument=other)
    try:
        shown = service.update(taskDefinition=service.register())
    finally:
        iam.update_assume_role_policy(RoleName="started-task", PolicyDocument=policy(trust | {"Principal": TASKS}))

    assert f"ECS was unable to assume the role '{service.task_role}'" in shown["deployments"][1]["rolloutStateReason"]


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to() -> None:
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName="first")
    missing = [{"name": "app", "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none:latest", "memory": 8}]
    role = clients().role("first-execution", TASKS)
    ecs.register_task_definition(family="first", executionRoleArn=role, containerDefinitions=missing)
    ecs.create_service(
        cluster="first",
        serviceName="web",
        taskDefinition="first",
        desiredCount=1,
        deploymentConfiguration=BREAKER,
    )

    def shown() -> dict[str, Any]:
        service: dict[str, Any] = ecs.describe_services(cluster="first", services=["web"])["services"][0]
        return service

    until(lambda: shown()["deployments"][0]["rolloutState"] == "FAILED")
    assert [len(shown()["deployments"]), shown()["runningCount"]] == [1, 0]
    assert json.dumps(shown()["events"][0]["message"]).count("RepositoryNotFoundException") == 1


def test_without_a_circuit_breaker_a_deployment_that_fails_stays_in_progress() -> None:
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName="patient")
    role = clients().role("patient-execution", TASKS)
    missing = [{"name": "app", "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none:latest", "memory": 8}]
    ecs.register_task_definition(family="patient", executionRoleArn=role, containerDefinitions=missing)
    ecs.create_service(cluster="patient", serviceName="web", taskDefinition="patient", desiredCount=1)

    def deployment() -> dict[str, Any]:
        service: dict[str, Any] = ecs.describe_services(cluster="patient", services=["web"])["services"][0]
        found: dict[str, Any] = service["deployments"][0]
        return found

    until(lambda: deployment()["failedTasks"] == 1)
    assert deployment()["rolloutState"] == "IN_PROGRESS"
