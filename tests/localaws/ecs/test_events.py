"""The events of ECS, as AWS documents them, and their delivery to rules."""

import json
from typing import Any

import pytest

from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, until

CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/told"
SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/told/web"
TASKS = {"Service": "ecs-tasks.amazonaws.com"}


def events() -> list[dict[str, Any]]:
    """Return all events of the service and its tasks, oldest first."""
    sent = [delivery["event"] for delivery in clients().deliveries()]
    return [each for each in sent if each["resources"] == [SERVICE] or each["detail"].get("clusterArn") == CLUSTER]


def names(sent: list[dict[str, Any]]) -> list[str]:
    return [each["detail"].get("eventName") or each["detail"]["lastStatus"] for each in sent]


def deploy(container: dict[str, Any], *, until_sent: str, **how: Any) -> list[dict[str, Any]]:
    """Deploy a container and return the events up to the expected last one."""
    ecs, before = clients().client("ecs"), len(events())
    role = {"executionRoleArn": how.pop("role")} if "role" in how else {}
    ecs.register_task_definition(
        family="told", containerDefinitions=[{"name": "app", "memory": 8, **container}], **role
    )
    if before:
        ecs.update_service(cluster="told", service="web", taskDefinition="told", **how)
    else:
        ecs.create_service(cluster="told", serviceName="web", taskDefinition="told", desiredCount=1, **how)
    until(lambda: until_sent in names(events()[before:]))
    return events()[before:]


@pytest.fixture(scope="module")
def first() -> list[dict[str, Any]]:
    clients().client("ecs").create_cluster(clusterName="told")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    return deploy({"image": "first"}, until_sent="SERVICE_STEADY_STATE", deploymentConfiguration=breaker)


def test_a_deployment_sends_events_until_the_steady_state(first: list[dict[str, Any]]) -> None:
    assert names(first) == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "PENDING",
        "RUNNING",
        "SERVICE_DEPLOYMENT_COMPLETED",
        "SERVICE_STEADY_STATE",
    ]


def test_the_event_of_a_deployment_has_service_and_reason(first: list[dict[str, Any]]) -> None:
    [deployment] = (
        clients().client("ecs").describe_services(cluster="told", services=["web"])["services"][0]["deployments"]
    )
    sent = first[3]

    assert sent | {"id": "", "time": "", "detail": sent["detail"] | {"updatedAt": ""}} == {
        "version": "0",
        "id": "",
        "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs",
        "account": ACCOUNT,
        "time": "",
        "region": REGION,
        "resources": [SERVICE],
        "detail": {
            "eventType": "INFO",
            "eventName": "SERVICE_DEPLOYMENT_COMPLETED",
            "deploymentId": deployment["id"],
            "updatedAt": "",
            "reason": f"ECS deployment {deployment['id']} completed.",
        },
    }
    assert deployment["updatedAt"].isoformat()[:19] == sent["detail"]["updatedAt"][:19]


def test_the_event_of_a_task_is_the_task_with_iso_times(first: list[dict[str, Any]]) -> None:
    [sent] = [each for each in first if each["detail"].get("lastStatus") == "RUNNING"]
    [arn] = sent["resources"]
    [task] = clients().client("ecs").describe_tasks(cluster="told", tasks=[arn])["tasks"]

    times = {name for name in task if name.endswith("At")}
    assert sent["detail-type"] == "ECS Task State Change"
    assert sent["detail"].keys() == {*task, "updatedAt"}
    assert {name: value for name, value in sent["detail"].items() if name not in {*times, "updatedAt"}} == {
        name: value for name, value in task.items() if name not in times
    }
    assert {name: sent["detail"][name][:19] for name in times} == {name: task[name].isoformat()[:19] for name in times}


def test_the_event_of_the_steady_state_names_the_cluster(first: list[dict[str, Any]]) -> None:
    assert first[4]["detail-type"] == "ECS Service Action"
    assert first[4]["detail"] | {"createdAt": ""} == {
        "eventType": "INFO",
        "eventName": "SERVICE_STEADY_STATE",
        "clusterArn": CLUSTER,
        "createdAt": "",
    }


@pytest.mark.usefixtures("first")
def test_a_roll_back_sends_events_of_its_failures() -> None:
    role = clients().role("told-execution", TASKS)
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none"

    sent = deploy({"image": image}, until_sent="SERVICE_STEADY_STATE", role=role)

    attempt = ["PENDING", "STOPPED", "SERVICE_TASK_PLACEMENT_FAILURE"]
    assert names(sent) == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        *attempt * 3,
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
        "SERVICE_STEADY_STATE",
    ]
    stopped, placement, failed, back = sent[2], sent[3], sent[10], sent[11]
    assert stopped["detail"]["stopCode"] == "TaskFailedToStart"
    assert placement["detail"]["reason"] == stopped["detail"]["stoppedReason"]
    assert (failed["detail"]["eventType"], failed["detail"]["reason"]) == (
        "ERROR",
        "ECS deployment circuit breaker: tasks failed to start.",
    )
    assert back["detail"]["reason"] == (
        f"ECS deployment circuit breaker: rolling back to deploymentId {back['detail']['deploymentId']}."
    )


@pytest.mark.usefixtures("first")
def test_a_refused_role_is_a_configuration_failure() -> None:
    role = clients().role("told-by-another", {"Service": "ec2.amazonaws.com"})

    sent = deploy({"image": "second"}, until_sent="SERVICE_DEPLOYMENT_FAILED", role=role)

    assert "SERVICE_TASK_CONFIGURATION_FAILURE" in names(sent)


@pytest.mark.usefixtures("first")
def test_without_a_circuit_breaker_no_deployment_fails() -> None:
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    role = clients().role("told-without-a-breaker", {"Service": "ec2.amazonaws.com"})

    sent = deploy({"image": "third"}, until_sent="SERVICE_TASK_START_IMPAIRED", role=role, deploymentConfiguration=off)

    assert "SERVICE_DEPLOYMENT_FAILED" not in names(sent)


def test_a_rule_matches_the_event_of_a_deployment() -> None:
    pattern = {"source": ["aws.ecs"], "detail": {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED"]}}
    rule = clients().client("events").put_rule(Name="deployments", EventPattern=json.dumps(pattern))["RuleArn"]

    clients().client("ecs").create_cluster(clusterName="matched")
    ecs = clients().client("ecs")
    ecs.register_task_definition(family="matched", containerDefinitions=[{"name": "app", "image": "app", "memory": 8}])
    ecs.create_service(cluster="matched", serviceName="web", taskDefinition="matched", desiredCount=1)

    def matched() -> list[str]:
        offers = [(one["event"], each) for one in clients().deliveries() for each in one["rules"]]
        return [event["detail"]["eventName"] for event, each in offers if each["matched"] and each["rule"] == rule]

    until(lambda: matched() == ["SERVICE_DEPLOYMENT_COMPLETED"])
    clients().client("events").delete_rule(Name="deployments")
