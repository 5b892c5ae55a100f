"""Tests of the session of a recorded case: recorded answers, the answers of the local AWS, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.recorded_answers import files
from tests.support.recorded_answers.files import Case
from tests.support.recorded_answers.session import NotModeledError, Recorded, recorded

pytestmark = pytest.mark.slow

STOPPED = {
    "taskArn": "arn:aws:ecs:${region}:${account}:task/${name}/${task_1}",
    "lastStatus": "STOPPED",
    "desiredStatus": "STOPPED",
    "stoppedReason": "Essential container in task exited",
    "stoppedAt": "-5m",
    "connectivity": None,
    "containers": [{"exitCode": 1}],
}


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(name: str, **members: Any) -> Recorded:
        file = files.FOLDER / f"{name}.json"
        return recorded(Case(file=file, kind=None, description="", sources=[], **members), tmp_path, monkeypatch)

    return make


def test_without_answers_the_system_is_healthy(record: Any) -> None:
    made = record("nothing")
    name, ecs = made.settings.name, made.session.client("ecs")

    [service] = ecs.describe_services(cluster=name, services=[name])["services"]
    [arn] = ecs.list_tasks(cluster=name, serviceName=name)["taskArns"]
    [task] = ecs.describe_tasks(cluster=name, tasks=[arn])["tasks"]
    group = service["loadBalancers"][0]["targetGroupArn"]
    [target] = made.session.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    logs = made.session.client("logs").filter_log_events(logGroupName=f"/ecs/{name}")["events"]

    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert task["lastStatus"] == "RUNNING"
    addresses = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
    assert target["Target"]["Id"] == addresses["privateIPv4Address"]
    assert target["TargetHealth"]["State"] == "healthy"
    assert "Listening at: http://0.0.0.0:3000 (1)" in logs[1]["message"]


def test_the_members_of_a_case_replace_those_of_the_local_aws(record: Any) -> None:
    answer = {"services": [{"runningCount": 0, "events": [{"createdAt": "-90s", "message": "(service ${name}) x"}]}]}
    made = record("replaced", answers={"ecs.DescribeServices": answer})
    name = made.settings.name

    [service] = made.session.client("ecs").describe_services(cluster=name, services=[name])["services"]

    assert (service["serviceName"], service["desiredCount"], service["runningCount"]) == (name, 1, 0)
    [event] = service["events"]
    assert event["message"] == f"(service {name}) x"
    assert 85 <= (datetime.now(UTC) - event["createdAt"]).total_seconds() <= 120


def test_tasks_are_listed_and_described_as_ecs_selects_them(record: Any) -> None:
    made = record("tasks", answers={"ecs.DescribeTasks": {"tasks": [{}, STOPPED]}})
    name, ecs = made.settings.name, made.session.client("ecs")

    [running] = ecs.list_tasks(cluster=name)["taskArns"]
    [arn] = ecs.list_tasks(cluster=name, desiredStatus="STOPPED")["taskArns"]
    described = ecs.describe_tasks(cluster=name, tasks=[arn.rpartition("/")[2], "missing"])

    assert running != arn
    [task] = described["tasks"]
    assert described["failures"] == [{"arn": "missing", "reason": "MISSING"}]
    assert (task["stoppedReason"], "connectivity" in task) == ("Essential container in task exited", False)
    [container] = task["containers"]
    assert (container["name"], container["exitCode"], container["taskArn"]) == ("app", 1, arn)


def test_actions_are_selected_by_their_execution(record: Any) -> None:
    error = {"code": "JobFailed", "message": "no"}
    failed = {
        "pipelineExecutionId": "${execution}",
        "stageName": "Build",
        "actionName": "Build",
        "status": "Failed",
        "output": {"executionResult": {"errorDetails": error}},
    }
    states = {"pipelineExecutionSummaries": [{"pipelineExecutionId": "${execution}", "status": "Failed"}, {}, {}]}
    answers = {"codepipeline.ListActionExecutions": {"actionExecutionDetails": [failed]}}
    made = record("actions", answers=answers | {"codepipeline.ListPipelineExecutions": states})
    name, codepipeline = made.settings.name, made.session.client("codepipeline")
    newest, previous = made.names["execution"], made.names["previous_execution"]

    def actions(execution: str) -> list[Any]:
        wanted = {"pipelineExecutionId": execution}
        answer = codepipeline.list_action_executions(pipelineName=name, filter=wanted)
        found: list[Any] = answer["actionExecutionDetails"]
        return found

    [action] = actions(newest)
    assert (action["status"], action["output"]["executionResult"]["errorDetails"]) == ("Failed", error)
    assert [each["status"] for each in actions(previous)] == ["Succeeded"] * 3
    for id_, status in ((newest, "Failed"), (previous, "Succeeded")):
        execution = codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=id_)
        assert execution["pipelineExecution"]["status"] == status


def test_logs_of_two_cases_are_apart(record: Any) -> None:
    answers = {"ecs.DescribeTasks": {"tasks": [STOPPED]}}
    first = record("first", answers=answers, logs={"${task_1}": ["one", "two"], "build": ["three"]})
    second = record("second", answers=answers, logs={"${task_1}": ["four"]})
    group, stream = f"/ecs/{first.settings.name}", f"app/app/{first.names['task_1']}"

    def lines(made: Recorded, **of: str) -> list[str]:
        answer = made.session.client("logs").get_log_events(**of)
        return [each["message"] for each in answer["events"]]

    assert lines(first, logGroupName=group, logStreamName=stream) == ["one", "two"]
    assert lines(second, logGroupName=group, logStreamName=stream) == ["four"]
    [build] = first.session.client("codebuild").batch_get_builds(ids=[first.names["build"]])["builds"]
    place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    assert lines(first, **place) == ["three"]


def test_a_recorded_secret_does_not_change_the_other_secret(record: Any) -> None:
    deleted = {"ARN": "${secret}", "DeletedDate": "-1m"}
    made = record("secret", answers={"secretsmanager.DescribeSecret": deleted})
    secrets = made.session.client("secretsmanager")
    [database] = made.session.client("rds").describe_db_instances()["DBInstances"]

    assert "DeletedDate" in secrets.describe_secret(SecretId=made.names["secret"])
    assert "DeletedDate" not in secrets.describe_secret(SecretId=database["MasterUserSecret"]["SecretArn"])


def test_a_recorded_error_is_raised(record: Any) -> None:
    error = {"Code": "ResourceNotFoundException", "Message": "The specified log group does not exist."}
    made = record("error", errors={"logs.FilterLogEvents": error})

    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*: The specified log group does not exist\."):
        made.session.client("logs").filter_log_events(logGroupName=f"/ecs/{made.settings.name}")


def test_an_image_is_missing_only_where_the_case_says_so(record: Any) -> None:
    error = {
        "Code": "ImageNotFoundException",
        "Message": "The image with imageId {imageDigest:'${digest}'} does not exist",
    }
    made = record("image", errors={"ecr.DescribeImages": error})
    ecr, name, digest = made.session.client("ecr"), made.settings.name, made.names["digest"]

    with pytest.raises(ClientError, match="ImageNotFoundException"):
        ecr.describe_images(repositoryName=name, imageIds=[{"imageDigest": digest}])
    assert ecr.describe_images(repositoryName=name)["imageDetails"]


def test_revisions_have_the_times_of_their_executions(record: Any) -> None:
    executions = [{"startTime": "-10m", "lastUpdateTime": "-5m"}, {"startTime": "-2d", "lastUpdateTime": "-2d"}]
    answers = {"codepipeline.ListPipelineExecutions": {"pipelineExecutionSummaries": [*executions, {}]}}
    listed = {"ecs.ListTaskDefinitions": {"taskDefinitionArns": ["${previous_revision}"]}}
    made = record("revisions", answers=answers | listed)
    ecs = made.session.client("ecs")

    ages = {}
    for revision in ("revision", "previous_revision"):
        described = ecs.describe_task_definition(taskDefinition=made.names[revision])["taskDefinition"]
        ages[revision] = made.now - described["registeredAt"]

    assert ages == {"revision": timedelta(minutes=9, seconds=20), "previous_revision": timedelta(days=2)}
    assert ecs.list_task_definitions()["taskDefinitionArns"] == [made.names["previous_revision"]]


def test_only_subnets_of_the_case_change(record: Any) -> None:
    full = {"Subnets": [{"SubnetId": "${subnet_1}", "AvailableIpAddressCount": 0}]}
    made = record("subnets", answers={"ec2.DescribeSubnets": full})
    ids = [made.names["subnet_2"], made.names["subnet_1"]]

    found = made.session.client("ec2").describe_subnets(SubnetIds=ids)["Subnets"]

    free = {each["SubnetId"]: each["AvailableIpAddressCount"] for each in found}
    assert free[ids[1]] == 0 < free[ids[0]]


def test_required_operations_that_nobody_called_are_named(record: Any) -> None:
    answers = {"rds.DescribeDBInstances": {"DBInstances": [{"DBInstanceStatus": "stopped"}]}}
    made = record("required", answers=answers, must_call=["rds.DescribeDBInstances"])

    assert made.not_called() == ["rds.DescribeDBInstances"]
    made.session.client("rds").describe_db_instances()
    assert made.not_called() == []


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("ecs.DescribeServices", {"services": [{"runingCount": 1}]}, "'services.1.runingCount' is unknown"),
        ("ecs.DescribeTasks", {"tasks": [{"stopCode": "Crashed"}]}, "Member must satisfy enum value set"),
        (
            "rds.DescribeDBInstances",
            {"DBInstances": [{"DBInstanceStatus": 1}]},
            "can not be converted to the type string",
        ),
        ("ecs.DescribeService", {}, "the API model has no such operation"),
    ],
)
def test_an_answer_that_does_not_fit_the_model_is_refused(name: str, answer: Any, message: str, record: Any) -> None:
    with pytest.raises(NotModeledError, match=message):
        record("refused", answers={name: answer})


def test_an_error_that_does_not_fit_the_model_is_refused(record: Any) -> None:
    error = {"Code": "ImageNotFound", "Message": "x"}

    with pytest.raises(NotModeledError, match="DescribeImages: the API model has no error ImageNotFound"):
        record("refused", errors={"ecr.DescribeImages": error})
