"""Executions of state machines: what starts them, which calls they make, and how they fail."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from localaws.stepfunctions.state_machine import ExecutionFailedError, run
from operations.wait import wait_for_state_machine
from rehearsal.system import wait_for_delivery
from tests.support.localaws.aws_pipeline import (
    ACCOUNT,
    FROM_ANOTHER_ACCOUNT,
    REGION,
    TASK_DEFINITION,
    TIMEOUT_SECONDS,
    clients,
)

DEFAULT = {"QueryLanguage": "JSONata"}
RESTART: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:ecs:updateService",
    "Arguments": {"Cluster": "rotated", "Service": "web", "ForceNewDeployment": True},
    "End": True,
}


@pytest.fixture(scope="module", autouse=True)
def service() -> None:
    """Create a service, and the roles of a rule and of a state machine with the rights that they need."""
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName="rotated")
    ecs.register_task_definition(family="rotated", **TASK_DEFINITION)
    ecs.create_service(cluster="rotated", serviceName="web", taskDefinition="rotated:1", desiredCount=1)
    services = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/rotated/*"  # the one that exists, and one that does not
    machines = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:*"
    for name, service, action, resource in (
        ("restart", "states", "ecs:UpdateService", services),
        ("rotation", "events", "states:StartExecution", machines),
    ):
        right = {"Effect": "Allow", "Action": action, "Resource": resource}
        clients().role(name, {"Service": f"{service}.amazonaws.com"}, rights=[right])


@contextmanager
def machine(states: dict[str, Any], *, role_name: str = "restart") -> Iterator[str]:
    """Create a state machine that starts with the first of the states, and yield its ARN."""
    client = clients().client("stepfunctions")
    arn = client.create_state_machine(
        name="restart",
        definition=json.dumps(DEFAULT | {"StartAt": next(iter(states)), "States": states}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{role_name}",
    )["stateMachineArn"]
    try:
        yield arn
    finally:
        client.delete_state_machine(stateMachineArn=arn)


def executed(states: dict[str, Any], **how: str) -> Mapping[str, Any]:
    """Run a state machine, and return its finished execution."""
    with machine(states, **how) as arn:
        started = clients().client("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
        return wait_for_state_machine(clients().client("stepfunctions"), started, TIMEOUT_SECONDS)


def deployment() -> tuple[str, str]:
    """Return the service's newest deployment, and the revision that it runs."""
    [found] = clients().client("ecs").describe_services(cluster="rotated", services=["web"])["services"]
    newest = found["deployments"][0]
    return newest["id"], newest["taskDefinition"]


def database() -> str:
    """Create a database whose password RDS manages, and return the ARN of its secret."""
    instance = (
        clients()
        .client("rds")
        .create_db_instance(
            DBInstanceIdentifier="rotated",
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="owner",
            ManageMasterUserPassword=True,
        )["DBInstance"]
    )
    return str(instance["MasterUserSecret"]["SecretArn"])


def test_a_rotation_becomes_an_event_and_restarts_the_service() -> None:
    secret = database()
    before = deployment()
    pattern = {
        "source": ["aws.secretsmanager"],
        "detail-type": ["Secret Label Updated"],
        "resources": [secret],
        "detail": {"labelUpdated": ["AWSCURRENT"]},
    }
    events = clients().client("events")
    rule = events.put_rule(Name="rotation", EventPattern=json.dumps(pattern))["RuleArn"]

    with machine({"Restart": RESTART}) as arn:
        target = {"Id": "restart", "Arn": arn, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/rotation"}
        events.put_targets(Rule="rotation", Targets=[target])
        clients().client("rds").modify_db_instance(
            DBInstanceIdentifier="rotated", RotateMasterUserPassword=True, ApplyImmediately=True
        )
        delivery = wait_for_delivery(clients().local, lambda e: e["resources"] == [secret], TIMEOUT_SECONDS)
        [outcome] = [offered for offered in delivery["rules"] if offered["rule"] == rule]
        [started] = outcome["targets"]
        execution = wait_for_state_machine(clients().client("stepfunctions"), started["started"], TIMEOUT_SECONDS)
    events.remove_targets(Rule="rotation", Ids=["restart"])
    events.delete_rule(Name="rotation")

    current = clients().client("secretsmanager").describe_secret(SecretId=secret)
    [version] = [id_ for id_, labels in current["VersionIdsToStages"].items() if "AWSCURRENT" in labels]
    assert delivery["event"] | {"id": "-", "time": "-"} == {
        "version": "0",
        "id": "-",
        "detail-type": "Secret Label Updated",
        "source": "aws.secretsmanager",
        "account": ACCOUNT,
        "time": "-",
        "region": REGION,
        "resources": [secret],
        "detail": {"name": current["Name"], "labelUpdated": "AWSCURRENT", "versionId": version},
    }
    assert outcome | {"rule": "-"} == {"rule": "-", "matched": True, "targets": [target_of(arn, execution)]}
    assert (execution["status"], json.loads(execution["input"])) == ("SUCCEEDED", delivery["event"])
    assert deployment()[0] != before[0]
    assert deployment()[1] == before[1]


def target_of(arn: str, execution: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "restart", "arn": arn, "started": execution["executionArn"]}


def test_states_run_one_after_the_other() -> None:
    before = deployment()[0]

    execution = executed({"First": RESTART | {"End": False, "Next": "Second"}, "Second": RESTART | {"Comment": "c"}})

    assert execution["status"] == "SUCCEEDED"
    assert deployment()[0] != before


def test_an_error_of_aws_fails_the_execution() -> None:
    execution = executed({"Restart": RESTART | {"Arguments": RESTART["Arguments"] | {"Service": "gone"}}})

    assert (execution["status"], execution["error"], execution["cause"]) == (
        "FAILED",
        "Ecs.ServiceNotFoundException",
        "Service not found.",
    )


def test_a_role_that_cannot_be_assumed_fails_the_execution() -> None:
    clients().role("elsewhere", {"Service": "states.amazonaws.com"}, Condition=FROM_ANOTHER_ACCOUNT)
    execution = executed({"Restart": RESTART}, role_name="elsewhere")

    assert (execution["status"], execution["error"], execution["cause"]) == (
        "FAILED",
        "States.Permissions",
        (
            f"states.amazonaws.com is not authorized to perform AssumeRole on role arn:aws:iam::{ACCOUNT}:role/"
            "elsewhere because no role trust policy allows the sts:AssumeRole action"
        ),
    )


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"Type": "Wait", "Seconds": 1}, "Restart: the local AWS supports only states of these types"),
        ({"Resource": "arn:aws:states:::lambda:invoke"}, "Restart: the local AWS supports only states of these types"),
        ({"TimeoutSeconds": 3}, "Restart: the local AWS supports only states of these types"),
        ({"Parameters": {"Cluster.$": "$.cluster"}}, "Restart: the local AWS supports only states of these types"),
        ({"Arguments": {"cluster": "rotated"}}, "Not supported by Step Functions: cluster"),
        ({"Resource": "arn:aws:states:::aws-sdk:ecs:restart"}, "The local AWS failed: OperationNotFoundError"),
        ({"Arguments": {"Cluster": "rotated"}}, "The local AWS failed: ParamValidationError"),
    ],
)
def test_an_unsupported_state_fails_without_a_retry(changed: dict[str, Any], error: str) -> None:
    execution = executed({"Restart": RESTART | {"Retry": [{"ErrorEquals": ["States.ALL"]}]} | changed})

    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")
    assert execution["cause"].startswith(error)


@pytest.mark.parametrize(
    ("retriers", "failures", "succeeds"),
    [
        ([], 0, True),
        ([], 1, False),
        ([{"ErrorEquals": ["States.ALL"]}], 3, True),
        ([{"ErrorEquals": ["States.ALL"]}], 4, False),
        ([{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}], 1, True),
        ([{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}], 2, False),
        ([{"ErrorEquals": ["Ecs.ServerException"], "MaxAttempts": 9}], 9, True),
        ([{"ErrorEquals": ["Ecs.ClientException"], "MaxAttempts": 9}], 1, False),
        ([{"ErrorEquals": ["Ecs.ServerException"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}], 1, False),
    ],
)
def test_the_first_retrier_of_an_error_counts_the_attempts(
    retriers: list[dict[str, Any]],
    failures: int,
    succeeds: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    client = boto3.client("ecs", region_name=REGION, aws_access_key_id="-", aws_secret_access_key="-")
    aws: Any = SimpleNamespace(assume_role=lambda *_: SimpleNamespace(client=lambda _: client))
    definition = json.dumps(DEFAULT | {"StartAt": "Restart", "States": {"Restart": RESTART | {"Retry": retriers}}})
    with Stubber(client) as answers:
        for _ in range(failures):
            answers.add_client_error("update_service", "ServerException", "Try again.")
        answers.add_response("update_service", {})

        outcome = nullcontext() if succeeds else pytest.raises(ExecutionFailedError, match="ServerException: Try again")
        with outcome:
            run(aws, definition, "-", {})


DESCRIBE: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:ecs:describeServices",
    "Arguments": {"Cluster": "{% $states.input.cluster %}", "Services": ["web"]},
    "Assign": {"cluster": "{% $states.input.cluster %}", "found": "{% $states.result.Services[0].ServiceName %}"},
    "Next": "Choose",
}
CHOOSE: dict[str, Any] = {
    "Type": "Choice",
    "Choices": [
        {"Condition": "{% $found = 'other' %}", "Next": "Gone"},
        {"Condition": "{% $found = 'web' and $cluster = 'here' %}", "Next": "Restart"},
    ],
    "Default": "Gone",
}
AGAIN: dict[str, Any] = RESTART | {
    "Arguments": {"Cluster": "{% $cluster %}", "Service": "{% $found %}", "ForceNewDeployment": True}
}


class Recorded:
    """An ECS that answers from a list, and records its requests."""

    def __init__(self, *answers: dict[str, Any] | str) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = list(answers)
        client = boto3.client("ecs", region_name=REGION, aws_access_key_id="-", aws_secret_access_key="-")
        client.meta.events.register("before-call", self._answer)
        self.aws: Any = SimpleNamespace(assume_role=lambda *_: SimpleNamespace(client=lambda _: client))

    def _answer(self, model: Any, params: dict[str, Any], **_: object) -> Any:
        self.asked.append((model.name, json.loads(params["body"])))
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            return SimpleNamespace(status_code=400), {"Error": {"Code": answer, "Message": "No."}}
        return SimpleNamespace(status_code=200), answer

    def run(self, states: dict[str, Any], given: object) -> None:
        run(self.aws, json.dumps(DEFAULT | {"StartAt": next(iter(states)), "States": states}), "-", given)


def test_a_choice_and_a_task_read_an_earlier_result() -> None:
    ecs = Recorded({"services": [{"serviceName": "web"}]}, {})

    ecs.run(
        {"Describe": DESCRIBE, "Choose": CHOOSE, "Restart": AGAIN, "Gone": {"Type": "Succeed"}}, {"cluster": "here"}
    )

    assert ecs.asked == [
        ("DescribeServices", {"cluster": "here", "services": ["web"]}),
        ("UpdateService", {"cluster": "here", "service": "web", "forceNewDeployment": True}),
    ]


@pytest.mark.parametrize(
    ("services", "given"),
    [([{"serviceName": "api"}], {"cluster": "here"}), ([{"serviceName": "web"}], {"cluster": "x"})],
)
def test_a_choice_without_a_true_condition_takes_its_default(
    services: list[dict[str, str]], given: dict[str, str]
) -> None:
    ecs = Recorded({"services": services})

    ecs.run({"Describe": DESCRIBE, "Choose": CHOOSE, "Restart": AGAIN, "Gone": {"Type": "Succeed"}}, given)

    assert [name for name, _ in ecs.asked] == ["DescribeServices"]


def test_a_choice_without_a_default_fails_the_execution() -> None:
    choose = {name: part for name, part in CHOOSE.items() if name != "Default"}

    with pytest.raises(ExecutionFailedError, match=r"^States\.NoChoiceMatched: "):
        Recorded({"services": [{"serviceName": "api"}]}).run({"Describe": DESCRIBE, "Choose": choose}, {"cluster": "x"})


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("$states.input.nothing", "The JSONata expression '$states.input.nothing' returned nothing (undefined)."),
        ("1 +", "Unexpected end of expression"),
        ("$unknown()", "Attempted to invoke a non-function"),
    ],
)
def test_an_expression_without_a_value_fails_the_execution(expression: str, cause: str) -> None:
    restart = RESTART | {
        "Arguments": {"Cluster": f"{{% {expression} %}}"},
        "Retry": [{"ErrorEquals": ["States.TaskFailed"]}],
    }

    with pytest.raises(ExecutionFailedError) as failed:
        Recorded().run({"Restart": restart}, {})

    assert (failed.value.error, failed.value.cause) == ("States.QueryEvaluationError", cause)


@pytest.mark.parametrize(("errors", "is_caught"), [(["Ecs.ServerException"], True), (["Ecs.ClientException"], False)])
def test_a_caught_error_continues_with_the_next_state(errors: list[str], *, is_caught: bool) -> None:
    catch = [{"ErrorEquals": errors, "Next": "Again", "Assign": {"said": "{% $states.errorOutput.Cause %}"}}]
    again = RESTART | {"Arguments": {"Cluster": "{% $states.input.Error %}", "Service": "{% $said %}"}}
    ecs = Recorded("ServerException", {})

    with nullcontext() if is_caught else pytest.raises(ExecutionFailedError, match=r"Ecs\.ServerException: No\."):
        ecs.run({"Restart": RESTART | {"Catch": catch}, "Again": again}, {})

    assert ecs.asked[1:] == (
        [("UpdateService", {"cluster": "Ecs.ServerException", "service": "No."})] if is_caught else []
    )


def test_a_machine_in_jsonpath_fails_its_execution() -> None:
    with pytest.raises(ExecutionFailedError, match="in JSONata only"):
        run(Recorded().aws, json.dumps({"StartAt": "Restart", "States": {"Restart": RESTART}}), "-", {})
