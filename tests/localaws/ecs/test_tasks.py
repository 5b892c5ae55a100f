"""The tasks of a deployed service: they start with the permissions of their roles, or the circuit breaker acts.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from localaws.ecs import service_tasks
from operations.images.manifests import digest
from rehearsal.images.image import INDEX, push_image
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, policy, until
from tests.support.localaws.fixes import refusal
from tests.support.localaws.images import manifest, put_image
from tests.support.localaws.roles import client, session

TASKS = {"Service": "ecs-tasks.amazonaws.com"}
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/started-app"
CHECK = {"command": ["CMD", "true"]}
ARM = {"os": "linux", "architecture": "arm64"}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "maximumPercent": 200}


def grant(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


class Service:
    """A cluster and a service of one container. The execution role has the least permissions for a start."""

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
        put_image(ecr, "started-app", "for ARM", "one-arm")
        index = {"mediaType": INDEX, "manifests": [{"digest": digest(manifest("for ARM").encode()), "platform": ARM}]}
        ecr.put_image(repositoryName="started-app", imageManifest=json.dumps(index), imageTag="arm")
        return uri

    def index(self) -> str:
        """Return the digest of the pushed index."""
        latest = {"repositoryName": "started-app", "imageIds": [{"imageTag": "latest"}]}
        return str(clients().client("ecr").describe_images(**latest)["imageDetails"][0]["imageDigest"])

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

    def fails(self, revision: str) -> dict[str, Any]:
        """Update the service to a revision, wait until the deployment has failed, and return the deployment."""
        self.ecs.update_service(cluster=self.name, service="web", taskDefinition=revision)

        def failed() -> list[dict[str, Any]]:
            return [d for d in self.shown()["deployments"] if d["rolloutState"] == "FAILED"]

        until(lambda: bool(failed()))
        return failed()[0]

    def recovers(self) -> dict[str, Any]:
        """Wait until the roll-back is complete. It retries later if its own tasks fail to start."""

        def recovered() -> bool:
            clients().local.advance(seconds=900)
            return all(d["rolloutState"] != "IN_PROGRESS" for d in self.shown()["deployments"])

        until(recovered)
        return self.shown()

    def tasks(self, status: str) -> list[dict[str, Any]]:
        """Return the tasks with a desired status, newest first."""
        arns = self.ecs.list_tasks(cluster=self.name, serviceName="web", desiredStatus=status)["taskArns"]
        found = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []
        return sorted(found, key=lambda task: task["createdAt"], reverse=True)

    def stopped(self, deployment: str, code: str) -> list[dict[str, Any]]:
        """Return the tasks of a deployment that stopped with a stop code."""
        return [task for task in self.tasks("STOPPED") if (task["startedBy"], task["stopCode"]) == (deployment, code)]

    def messages(self) -> list[str]:
        """Return the messages of the service events, newest first, without the ids of deployments and tasks."""
        messages = [event["message"] for event in self.shown()["events"]]
        return [re.sub(r"(ecs-svc/|task )[0-9a-f]{19,32}", r"\1ID", each) for each in messages]

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


def test_a_service_runs_its_desired_number_of_tasks(service: Service) -> None:
    shown = service.shown()
    [cluster] = service.ecs.describe_clusters(clusters=["started"])["clusters"]

    assert service.deployments() == [("PRIMARY", "1", "COMPLETED", 2)]
    assert (shown["runningCount"], shown["pendingCount"], cluster["runningTasksCount"]) == (2, 0, 2)


def test_a_task_uses_only_the_documented_permissions(service: Service) -> None:
    decisions = [each for each in clients().local.decisions() if each["principal"] == service.role]

    assert all(each["allowed"] for each in decisions)
    assert {each["action"]: each["resource"].partition(":log-stream:")[0] for each in decisions} == {
        "ecr:GetAuthorizationToken": "*",
        "ecr:BatchGetImage": REPOSITORY,
        "ecr:BatchCheckLayerAvailability": REPOSITORY,
        "ecr:GetDownloadUrlForLayer": REPOSITORY,
        "secretsmanager:GetSecretValue": service.secret,
        "ssm:GetParameters": service.parameter,
        "logs:CreateLogStream": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:started",
        "logs:PutLogEvents": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:started",
    }


def test_each_task_has_its_own_log_stream(service: Service) -> None:
    streams = clients().client("logs").describe_log_streams(logGroupName=service.name)["logStreams"]

    assert len(streams) >= 2
    assert all(stream["logStreamName"].startswith("app/app/") for stream in streams)


def test_the_log_of_a_failing_container_has_its_lines(service: Service) -> None:
    pushed = push_image(clients().client("ecr"), "started-app", "exits", b"exits")
    lines = ["connecting to the database", "", "FATAL: password authentication failed"]
    clients().local.let_containers_fail(pushed, exit_code=3, log=lines)

    failed = service.fails(service.register(image=f"{service.image}:exits"))
    service.recovers()

    task = service.stopped(failed["id"], "EssentialContainerExited")[0]
    stream = f"app/app/{task['taskArn'].rpartition('/')[2]}"
    events = clients().client("logs").get_log_events(logGroupName=service.name, logStreamName=stream)["events"]
    assert [each["message"] for each in events] == [line for line in lines if line]
    healthy = service.tasks("RUNNING")[0]["taskArn"].rpartition("/")[2]
    events = clients().client("logs").get_log_events(logGroupName=service.name, logStreamName=f"app/app/{healthy}")
    assert [each["message"] for each in events["events"]] == [
        f"The local AWS does not run the container of {service.image}."
    ]


def test_a_forced_deployment_has_the_same_revision(service: Service) -> None:
    before = service.shown()["deployments"][0]["id"]

    after = service.update(forceNewDeployment=True)["deployments"]

    assert [(d["taskDefinition"], d["rolloutState"]) for d in after] == [
        (service.shown()["taskDefinition"], "COMPLETED")
    ]
    assert after[0]["id"] != before


def test_a_failed_forced_deployment_is_rolled_back_to_the_tasks_that_run(service: Service) -> None:
    before, tasks = service.shown()["deployments"][0], service.tasks("RUNNING")
    denied = {"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*"}
    service.may(*service.rights, denied)
    try:
        service.update(forceNewDeployment=True)
    finally:
        service.may(*service.rights)

    back, failed = service.recovers()["deployments"]
    assert (back["id"], back["createdAt"], back["rolloutState"]) == (before["id"], before["createdAt"], "COMPLETED")
    assert (failed["rolloutState"], failed["taskDefinition"]) == ("FAILED", before["taskDefinition"])
    assert [task["taskArn"] for task in service.tasks("RUNNING")] == [task["taskArn"] for task in tasks]


def test_a_deployment_has_the_service_events_of_aws(service: Service) -> None:
    service.update(forceNewDeployment=True)

    assert service.messages()[:5] == [
        "(service web) has reached a steady state.",
        "(service web) (deployment ecs-svc/ID) deployment completed.",
        "(service web) has stopped 2 running tasks: (task ID) (task ID).",
        "(service web) has started 2 tasks: (task ID) (task ID).",
        "(service web) has reached a steady state.",
    ]


def test_a_roll_back_has_the_service_events_of_aws(service: Service) -> None:
    before = len(service.messages())
    service.fails(service.register(image=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none"))
    shown = service.recovers()

    messages = [message.partition(" Reason: ")[0] for message in reversed(service.messages()[:-before])]
    assert messages == [
        "(service web) has started 2 tasks: (task ID) (task ID).",
        "(service web) was unable to place a task.",
        "(service web) was unable to place a task.",
        "(service web) has started 2 tasks: (task ID) (task ID).",
        "(service web) was unable to place a task.",
        "(service web) (deployment ecs-svc/ID) deployment failed: tasks failed to start.",
        "(service web) has stopped 1 running tasks: (task ID).",
        "(service web) rolling back to deployment ecs-svc/ID.",
        "(service web) (deployment ecs-svc/ID) deployment completed.",
        "(service web) has reached a steady state.",
    ]
    back = shown["deployments"][0]["id"]
    assert f"(service web) rolling back to deployment {back}." in [event["message"] for event in shown["events"]]


def test_a_roll_back_runs_the_previous_image_by_digest(service: Service) -> None:
    ran, revision = service.index(), service.shown()["taskDefinition"]
    push_image(clients().client("ecr"), "started-app", "latest", b"later", command="/none")
    later = service.index()

    service.fails(service.register())
    back = service.recovers()

    assert (back["taskDefinition"], later != ran) == (revision, True)
    assert {c["imageDigest"] for task in service.tasks("RUNNING") for c in task["containers"]} == {ran}
    push_image(clients().client("ecr"), "started-app", "latest", b"first")


def test_only_a_new_deployment_resolves_the_tag_again(service: Service) -> None:
    """A service that scales out runs the same image."""
    ran = service.index()
    push_image(clients().client("ecr"), "started-app", "latest", b"later")
    later = service.index()

    service.update(desiredCount=3)
    scaled = [c["imageDigest"] for task in service.tasks("RUNNING") for c in task["containers"]]
    service.update(forceNewDeployment=True)
    anew = [c["imageDigest"] for task in service.tasks("RUNNING") for c in task["containers"]]

    assert (scaled, anew) == ([ran] * 3, [later] * 3)
    push_image(clients().client("ecr"), "started-app", "latest", b"first")
    service.update(desiredCount=2, forceNewDeployment=True)


def test_a_task_has_the_members_that_aws_returns(service: Service) -> None:
    task = service.tasks("RUNNING")[0]
    [container] = task["containers"]
    index = service.index()

    assert {name: value for name, value in task.items() if not name.endswith("At")} == {
        "attachments": [],
        "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/started",
        "connectivity": "CONNECTED",
        "containers": [container],
        "cpu": "256",
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": False,
        "group": "service:web",
        "healthStatus": "UNKNOWN",
        "lastStatus": "RUNNING",
        "launchType": "FARGATE",
        "memory": "512",
        "overrides": {"containerOverrides": [{"name": "app"}]},
        "platformFamily": "Linux",
        "platformVersion": "1.4.0",
        "startedBy": service.shown()["deployments"][0]["id"],
        "taskArn": task["taskArn"],
        "taskDefinitionArn": service.shown()["taskDefinition"],
        "version": 2,
    }
    id_ = task["taskArn"].removeprefix(f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/started/")
    assert container | {"containerArn": "", "runtimeId": ""} == {
        "containerArn": "",
        "cpu": "0",
        "healthStatus": "UNKNOWN",
        "image": service.image,
        "imageDigest": index,
        "lastStatus": "RUNNING",
        "name": "app",
        "networkInterfaces": [],
        "runtimeId": "",
        "taskArn": task["taskArn"],
    }
    assert re.fullmatch(rf"{id_}-\d{{10}}", container["runtimeId"])


@pytest.mark.parametrize(
    ("other", "health"),
    [({}, "UNKNOWN"), ({"essential": False}, "HEALTHY"), ({"healthCheck": CHECK}, "HEALTHY")],
)
def test_a_task_is_healthy_if_its_essential_containers_are(other: dict[str, Any], health: str) -> None:
    containers = [{"name": "app", "healthCheck": CHECK}, {"name": "other", **other}]
    definition: Any = SimpleNamespace(container_definitions=containers)
    task: dict[str, Any] = {
        "taskArn": "t",
        "version": 1,
        "containers": [{"name": name, "image": "i"} for name in ("app", "other")],
    }

    service_tasks.run(task, definition, {})

    assert (task["healthStatus"], task["containers"][0]["healthStatus"]) == (health, "HEALTHY")


def test_a_task_that_a_user_stops_is_replaced(service: Service) -> None:
    task, other = service.tasks("RUNNING")

    service.ecs.stop_task(cluster=service.name, task=task["taskArn"], reason="try")

    [stopped] = service.ecs.describe_tasks(cluster=service.name, tasks=[task["taskArn"]])["tasks"]
    names = ("desiredStatus", "lastStatus", "stopCode", "stoppedReason", "version")
    assert [stopped[name] for name in names] == ["STOPPED", "STOPPED", "UserInitiated", "try", 3]
    assert [(each["lastStatus"], each["exitCode"]) for each in stopped["containers"]] == [("STOPPED", 0)]
    running = [each["taskArn"] for each in service.tasks("RUNNING")]
    assert (len(running), other["taskArn"] in running, task["taskArn"] in running) == (2, True, False)
    assert service.messages()[0] == "(service web) has started 1 tasks: (task ID)."


def test_tasks_are_listed_by_service_family_and_deployment(service: Service) -> None:
    def listed(**how: str) -> int:
        return len(service.ecs.list_tasks(cluster=service.name, **how)["taskArns"])

    deployment = service.shown()["deployments"][0]["id"]
    assert (listed(), listed(serviceName="web"), listed(family="started"), listed(startedBy=deployment)) == (2, 2, 2, 2)
    assert (listed(family="other"), listed(launchType="EC2")) == (0, 0)


def test_who_has_registered_a_revision_and_when(service: Service) -> None:
    definition = {"family": "registered", "containerDefinitions": [{"name": "app", "image": "app", "memory": 8}]}
    key = session(clients().local, "registering", grant("Register", ["ecs:RegisterTaskDefinition"], "*"))
    client(clients().local, key, "ecs").register_task_definition(**definition)
    service.ecs.register_task_definition(**definition)

    found = [
        service.ecs.describe_task_definition(taskDefinition=f"registered:{number}")["taskDefinition"]
        for number in (1, 2)
    ]

    assert [each["registeredBy"] for each in found] == [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/registering/cli",
        f"arn:aws:iam::{ACCOUNT}:root",
    ]
    assert [datetime.now(UTC) - each["registeredAt"] < timedelta(minutes=1) for each in found] == [True, True]


def test_the_tasks_of_a_service_that_does_not_exist(service: Service) -> None:
    listed = refusal(service.ecs.list_tasks, cluster=service.name, serviceName="other")

    assert listed == "ServiceNotFoundException: Service not found."


def test_a_task_that_does_not_exist_is_a_failure(service: Service) -> None:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/started/none"
    described = service.ecs.describe_tasks(cluster=service.name, tasks=[arn])

    assert (described["tasks"], described["failures"]) == ([], [{"arn": arn, "reason": "MISSING"}])


def test_scaling_begins_no_deployment(service: Service) -> None:
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
def test_a_deployment_without_permissions_is_rolled_back(service: Service, without: str, reason: str) -> None:
    running = service.shown()["taskDefinition"]
    service.may(*[right for right in service.rights if right["Sid"] != without])
    try:
        failed = service.fails(service.register())
    finally:
        service.may(*service.rights)

    shown = service.recovers()
    back = shown["deployments"][0]
    assert shown["taskDefinition"] == back["taskDefinition"] == running
    assert (back["status"], back["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert (failed["status"], failed["failedTasks"]) == ("ACTIVE", 3)
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    reasons = [task["stoppedReason"] for task in service.stopped(failed["id"], "TaskFailedToStart")]
    assert [bool(re.search(reason, each)) for each in reasons] == [True] * 3
    messages = [event["message"] for event in shown["events"]]
    assert f"(service web) was unable to place a task. Reason: {reasons[0]}" in messages


OTHER_PLATFORM = (
    "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain "
    "descriptor matching platform 'linux/amd64'"
)
CANNOT_RUN = (
    "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to "
    "create shim task: OCI runtime create failed: runc create failed: unable to start container process"
)


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/started-app:none"}, "CannotPullContainerError"),
        ({"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/started-app:arm"}, OTHER_PLATFORM),
        ({"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/started-app:one-arm"}, OTHER_PLATFORM),
        ({"command": ["serve"]}, f'{CANNOT_RUN}: exec: "serve": executable file not found in $PATH: unknown'),
        ({"entryPoint": ["/app"]}, f'{CANNOT_RUN}: exec: "/app": stat /app: no such file or directory: unknown'),
        ({"image": f"999999999999.dkr.ecr.{REGION}.amazonaws.com/started-app"}, "CannotPullContainerError"),
        ({"image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/started-app"}, "CannotPullContainerError"),
        ({"secrets": [{"name": "USER", "valueFrom": "none"}]}, "parameter does not exist: none"),
    ],
)
def test_a_missing_image_command_or_secret_fails_a_deployment(
    service: Service, container: dict[str, Any], reason: str
) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    service.may(everything)
    try:
        service.fails(service.register(**container))
    finally:
        service.may(*service.rights)

    service.recovers()
    assert reason in next(message for message in service.messages() if "unable to place" in message)


def test_a_role_that_does_not_trust_ecs_fails_a_deployment(service: Service) -> None:
    iam, trust = clients().client("iam"), {"Effect": "Allow", "Action": "sts:AssumeRole"}
    other = policy(trust | {"Principal": {"Service": "ec2.amazonaws.com"}})
    iam.update_assume_role_policy(RoleName="started-task", PolicyDocument=other)
    try:
        failed = service.fails(service.register())
    finally:
        iam.update_assume_role_policy(RoleName="started-task", PolicyDocument=policy(trust | {"Principal": TASKS}))

    service.recovers()
    task = service.stopped(failed["id"], "TaskFailedToStart")[0]
    assert f"ECS was unable to assume the role '{service.task_role}'" in task["stoppedReason"]


def test_a_failed_first_deployment_is_not_rolled_back() -> None:
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
    placed = r"has started 1 tasks: \(task \w+\)\.; was unable to place a task\. Reason: .+RepositoryNotFound.+"
    messages = [event["message"].removeprefix("(service web) ") for event in reversed(shown()["events"])]
    assert re.fullmatch(rf"{placed}; {placed}; {placed}; \(deployment .+\) deployment failed: .+", "; ".join(messages))


def test_without_a_circuit_breaker_a_deployment_continues() -> None:
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

    until(lambda: deployment()["failedTasks"] == 3)
    clients().local.advance(seconds=60)
    until(lambda: deployment()["failedTasks"] == 4)
    assert deployment()["rolloutState"] == "IN_PROGRESS"


def test_the_tasks_of_a_deleted_service_stop() -> None:
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName="gone")
    ecs.register_task_definition(family="gone", containerDefinitions=[{"name": "app", "image": "app", "memory": 8}])
    ecs.create_service(cluster="gone", serviceName="web", taskDefinition="gone", desiredCount=1)
    until(lambda: bool(ecs.list_tasks(cluster="gone")["taskArns"]))

    ecs.delete_service(cluster="gone", service="web", force=True)

    assert ecs.list_tasks(cluster="gone")["taskArns"] == []
