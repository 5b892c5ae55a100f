"""Tests of the check of a rotation, with systems that restart and systems that do not."""

import json
from typing import Any

import pytest

from rehearsal.rotation import rotate
from rehearsal.system import CheckError, System
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, policy

NAME = "restarted"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NAME}"
TASKS = {"Service": "ecs-tasks.amazonaws.com"}
RESTART = {"Cluster": NAME, "Service": NAME, "ForceNewDeployment": True}


@pytest.fixture(scope="module")
def system() -> System:
    """A service with a database whose rotation restarts it."""
    rights = {"Effect": "Allow", "Action": ["ecs:UpdateService", "states:StartExecution"], "Resource": "*"}
    clients().role(NAME, {"Service": ["events.amazonaws.com", "states.amazonaws.com"]}, rights=[rights])
    database = (
        clients()
        .client("rds")
        .create_db_instance(
            DBInstanceIdentifier=NAME,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="owner",
            ManageMasterUserPassword=True,
        )["DBInstance"]
    )
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName=NAME)
    container = {
        "name": "app",
        "image": "app",
        "memory": 128,
        "environment": [{"name": "DB_HOST", "value": host(database)}],
    }
    execution = clients().role(f"{NAME}-execution", TASKS)
    for _ in range(2):
        ecs.register_task_definition(family=NAME, executionRoleArn=execution, containerDefinitions=[container])
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=f"{NAME}:1",
        desiredCount=1,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    clients().client("stepfunctions").create_state_machine(name=NAME, definition=restart(), roleArn=ROLE)
    events = clients().client("events")
    secret = database["MasterUserSecret"]["SecretArn"]
    events.put_rule(Name=NAME, EventPattern=json.dumps({"resources": [secret]}))
    events.put_targets(Rule=NAME, Targets=[{"Id": "restart", "Arn": MACHINE, "RoleArn": ROLE}])
    aws: Any = clients()
    return System(aws, repository_url="-/-", cluster_name=NAME, service_name=NAME, pipeline_name="-")


def host(database: dict[str, Any]) -> str:
    return str(database["Endpoint"]["Address"])


def restart(**changed: object) -> str:
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ecs:updateService", "End": True}
    return json.dumps(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "Restart",
            "States": {"Restart": task | {"Arguments": RESTART | changed}},
        }
    )


def test_the_deployment_with_new_tasks_is_named(system: System) -> None:
    before = system.deployment()["id"]

    seen = rotate(system)

    after = system.deployment()["id"]
    assert (seen, after != before) == (f"restarted:1 runs in new tasks, deployment {after}", True)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Service": "gone"}, "the restart arn:aws:states:.* failed: Ecs.ServiceNotFoundException: Service not found"),
        ({"ForceNewDeployment": False}, "the service restarted was not redeployed: its deployment is still ecs-svc/"),
        ({"TaskDefinition": "restarted:2"}, "the revision that runs is '.*restarted:2', expected '.*restarted:1'"),
    ],
)
def test_a_state_machine_that_does_not_restart_is_named(
    system: System, changed: dict[str, object], message: str
) -> None:
    states = clients().client("stepfunctions")
    states.update_state_machine(stateMachineArn=MACHINE, definition=restart(**changed))

    with pytest.raises(CheckError, match=message):
        rotate(system)

    states.update_state_machine(stateMachineArn=MACHINE, definition=restart())
    system.ecs.update_service(cluster=NAME, service=NAME, taskDefinition="restarted:1")


def test_a_rule_that_starts_nothing_is_named(system: System) -> None:
    clients().client("events").disable_rule(Name=NAME)

    with pytest.raises(CheckError, match=r"must start one execution, started 0\. The rules: .*rule/restarted"):
        rotate(system)

    clients().client("events").enable_rule(Name=NAME)


def test_an_unchanged_secret_is_named(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients().client("rds"), "modify_db_instance", lambda **_: None)

    with pytest.raises(CheckError, match=r"the rotation did not change the current version of the secret "):
        rotate(system)


def test_new_tasks_that_do_not_start_are_named(system: System) -> None:
    def trust(principal: dict[str, str]) -> None:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        iam = clients().client("iam")
        iam.update_assume_role_policy(RoleName=f"{NAME}-execution", PolicyDocument=policy(statement))

    trust({"Service": "ec2.amazonaws.com"})
    with pytest.raises(CheckError, match=r"^the new tasks did not start: .* unable to assume the role"):
        rotate(system)
    trust(TASKS)

    assert system.service()["runningCount"] == 1


def test_a_missing_database_is_named(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    container = {"environment": [{"name": "DB_HOST", "value": "nowhere"}]}
    monkeypatch.setattr(System, "container", lambda _: container)

    with pytest.raises(CheckError, match="the container's DB_HOST is nowhere, and no database has that address"):
        rotate(system)
