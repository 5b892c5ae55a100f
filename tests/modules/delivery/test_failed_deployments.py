"""The rule and the state machine for failed deployments. The tests of `localaws` and `rehearsal` run them."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from localaws.stepfunctions.state_machine import run
from tests.support.synthesized import ACCOUNT_ID, Json, Stack

PIPELINE = "${aws_codepipeline.pipeline.arn}"
SERVICE = "${aws_ecs_service.service.id}"
MACHINE = "${aws_sfn_state_machine.failed_deployments_stop.arn}"
CLUSTER = "${aws_ecs_cluster.service_cluster.arn}"
DIGEST = f"sha256:{'1' * 64}"
REVISION = "arn:aws:ecs:eu-central-1:123456789012:task-definition/app:7"
FAILED = datetime(2026, 11, 29, 10, tzinfo=UTC)
REASON = "ECS deployment circuit breaker: tasks failed to start."
EVENT = {"detail": {"deploymentId": "ecs-svc/7", "reason": REASON, "updatedAt": FAILED.isoformat()}}
EXECUTION = "11111111-1111-1111-1111-111111111111"


def test_the_event_is_a_failed_deployment_of_this_service_only(main: Stack) -> None:
    rule = main.resources("aws_cloudwatch_event_rule")["failed_deployments"]

    assert json.loads(rule.pop("event_pattern")) == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [SERVICE],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }
    assert rule == {
        "name": "example-app-dev-failed",
        "description": "a deployment of the service that failed stops the execution that waits for it",
    }
    assert main.resources("aws_cloudwatch_event_target")["failed_deployments_target"] == {
        "rule": "${aws_cloudwatch_event_rule.failed_deployments.name}",
        "arn": MACHINE,
        "role_arn": "${aws_iam_role.failed_deployments_role.arn}",
        "depends_on": ["aws_iam_role_policy.failed_deployments_role_rights"],
    }
    assert main.statements("failed_deployments_role") == [
        {"Sid": "StartStateMachine", "Effect": "Allow", "Action": ["states:StartExecution"], "Resource": [MACHINE]}
    ]


def test_the_state_machine_can_only_read_and_stop_executions(main: Stack) -> None:
    assert main.statements("failed_deployments_stop_role") == [
        {"Sid": "DescribeService", "Effect": "Allow", "Action": ["ecs:DescribeServices"], "Resource": [SERVICE]},
        {"Sid": "DescribeRevision", "Effect": "Allow", "Action": ["ecs:DescribeTaskDefinition"], "Resource": ["*"]},
        {
            "Sid": "ListTasks",
            "Effect": "Allow",
            "Action": ["ecs:ListTasks"],
            "Resource": ["*"],
            "Condition": {"ArnEquals": {"ecs:cluster": CLUSTER}},
        },
        {
            "Sid": "DescribeTasks",
            "Effect": "Allow",
            "Action": ["ecs:DescribeTasks"],
            "Resource": [
                f"arn:${{data.aws_partition.partition.partition}}:ecs:eu-central-1:{ACCOUNT_ID}:task/${{aws_ecs_cluster.service_cluster.name}}/*"
            ],
        },
        {
            "Sid": "StopExecution",
            "Effect": "Allow",
            "Action": [
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:StopPipelineExecution",
            ],
            "Resource": [PIPELINE],
        },
    ]


_GONE = {"DescribeServices": {"services": [{"deployments": [{"id": "ecs-svc/8", "taskDefinition": REVISION}]}]}}


def _actions(seconds: float = -60) -> Json:
    """Return the actions of the execution; its deploy action began `seconds` after the failure."""
    return {
        "actionExecutionDetails": [
            {"stageName": "Deploy", "actionName": "Deploy", "startTime": FAILED + timedelta(seconds=seconds)},
            {"stageName": "Source", "actionName": "Push", "output": {"outputVariables": {"ImageDigest": DIGEST}}},
        ]
    }


class Recorded:
    """Recorded answers of ECS and CodePipeline after a failed deployment, and the requests they got."""

    def __init__(self, **told: Json) -> None:
        cause = "CannotStartContainerError: no such file"
        task = {"startedBy": "ecs-svc/7", "stoppedReason": cause, "taskDefinitionArn": REVISION}
        self.asked: list[tuple[str, Json]] = []
        self._answers: dict[str, Json] = {
            "DescribeServices": {
                "services": [
                    {
                        "deployments": [
                            {"id": "ecs-svc/8", "taskDefinition": f"{REVISION[:-1]}6"},
                            {"id": "ecs-svc/7", "taskDefinition": REVISION},
                        ]
                    }
                ]
            },
            "GetPipelineState": {
                "stageStates": [
                    {
                        "stageName": "Source",
                        "latestExecution": {"pipelineExecutionId": f"2{EXECUTION[1:]}", "status": "Succeeded"},
                    },
                    {
                        "stageName": "Deploy",
                        "latestExecution": {"pipelineExecutionId": EXECUTION, "status": "InProgress"},
                    },
                ]
            },
            "DescribeTaskDefinition": {
                "taskDefinition": {"containerDefinitions": [{"name": "app", "image": f"registry/app@{DIGEST}"}]}
            },
            "ListActionExecutions": _actions(),
            "ListTasks": {"taskArns": ["arn:task/1", "arn:task/2"]},
            "DescribeTasks": {"tasks": [task, task, {"startedBy": "ecs-svc/6", "stoppedReason": "Scaled in"}]},
            "StopPipelineExecution": {"pipelineExecutionId": EXECUTION},
            **told,
        }
        self._clients = {service: self._client(service) for service in ("ecs", "codepipeline")}

    def run(self, machine: Json, event: Json) -> None:
        aws: Any = SimpleNamespace(assume_role=lambda *_: SimpleNamespace(client=self._clients.__getitem__))
        run(aws, json.dumps(machine), "-", event)

    def stopped(self) -> list[Json]:
        """Return the requests that stopped an execution."""
        return [given for name, given in self.asked if name == "StopPipelineExecution"]

    def _client(self, service: str) -> Any:
        client = boto3.client(service, region_name="eu-central-1", aws_access_key_id="-", aws_secret_access_key="-")
        client.meta.events.register("before-call", self._answer)
        return client

    def _answer(self, model: Any, params: Json, **_: object) -> Any:
        self.asked.append((model.name, json.loads(params["body"])))
        answer = self._answers[model.name]
        return SimpleNamespace(status_code=400 if "Error" in answer else 200), answer


@pytest.fixture(scope="module")
def machine(main: Stack) -> Json:
    """Return the definition of the state machine, without references."""
    definition = main.resources("aws_sfn_state_machine")["failed_deployments_stop"]["definition"]
    found: Json = json.loads(definition.replace("${data.aws_partition.partition.partition}", "aws"))
    return found


def test_the_execution_of_the_failed_image_is_stopped(machine: Json) -> None:
    """The reason is the task's `stoppedReason`, which says more than the event's."""
    recorded = Recorded()

    recorded.run(machine, EVENT)

    [stopped] = recorded.stopped()
    assert stopped | {"pipelineName": "-"} == {
        "pipelineName": "-",
        "pipelineExecutionId": EXECUTION,
        "abandon": True,
        "reason": "CannotStartContainerError: no such file",
    }


def test_a_single_task_is_asked_for_as_a_list_of_one(machine: Json) -> None:
    """JSONata turns a sequence of one item into the item."""
    recorded = Recorded(ListTasks={"taskArns": ["arn:task/1"]})

    recorded.run(machine, EVENT)

    [asked] = [given for name, given in recorded.asked if name == "DescribeTasks"]
    assert asked["tasks"] == ["arn:task/1"]


@pytest.mark.parametrize(
    ("tasks", "reason"),
    [
        ({"ListTasks": {"taskArns": []}}, REASON),
        ({"DescribeTasks": {"tasks": [{"startedBy": "ecs-svc/6", "stoppedReason": "x"}]}}, REASON),
        (
            {"DescribeTasks": {"tasks": [{"startedBy": "ecs-svc/7", "stoppedReason": f"{'x' * 300} gone"}]}},
            f"{'x' * 60} ... {'x' * 130} gone",
        ),
    ],
    ids=["no tasks", "others' tasks", "a long reason"],
)
def test_the_reason_has_what_is_known_and_fits(tasks: dict[str, Json], reason: str, machine: Json) -> None:
    recorded = Recorded(**tasks)

    recorded.run(machine, EVENT)

    assert [stopped["reason"] for stopped in recorded.stopped()] == [reason]


@pytest.mark.parametrize(
    "told",
    [
        _GONE,
        {"ListActionExecutions": _actions(seconds=0.9)},
    ],
    ids=["forgotten by ECS", "failed in the second in which it began"],
)
def test_the_execution_is_stopped_also_if_the_deployment(told: dict[str, Json], machine: Json) -> None:
    recorded = Recorded(**told)

    recorded.run(machine, EVENT)

    assert len(recorded.stopped()) == 1


def _state(status: str) -> Json:
    latest = {"pipelineExecutionId": EXECUTION, "status": status}
    return {"GetPipelineState": {"stageStates": [{"stageName": "Deploy", "latestExecution": latest}]}}


def _image(image: str) -> Json:
    containers = [{"name": "app", "image": image}, {"name": "other", "image": f"x@{DIGEST}"}]
    return {"DescribeTaskDefinition": {"taskDefinition": {"containerDefinitions": containers}}}


@pytest.mark.parametrize(
    "told",
    [
        {**_GONE, "ListTasks": {"taskArns": []}},
        {**_GONE, "DescribeTasks": {"tasks": [{"startedBy": "ecs-svc/6", "taskDefinitionArn": REVISION}]}},
        {"DescribeServices": {"services": []}, "ListTasks": {"taskArns": []}},
        {"GetPipelineState": {"stageStates": [{"stageName": "Source"}, {"stageName": "Deploy"}]}},
        _state("Succeeded"),
        _state("Stopped"),
        _image(f"registry/app@sha256:{'2' * 64}"),
        _image("registry/app:latest"),
        {"ListActionExecutions": {"actionExecutionDetails": []}},
        {"ListActionExecutions": _actions(seconds=1)},
    ],
    ids=[
        "a deployment that is gone, without tasks",
        "a deployment that is gone, with others' tasks",
        "a service that is gone",
        "no execution in the stage",
        "an execution that has succeeded",
        "an execution that was stopped",
        "another image",
        "an image by its tag",
        "an execution without an image",
        "an execution that began to deploy after the failure",
    ],
)
def test_what_does_not_belong_together_stops_nothing(told: dict[str, Json], machine: Json) -> None:
    recorded = Recorded(**told)

    recorded.run(machine, EVENT)

    assert recorded.stopped() == []


@pytest.mark.parametrize("code", ["PipelineExecutionNotStoppableException", "DuplicatedStopRequestException"])
def test_an_execution_that_another_event_has_stopped_is_left_alone(code: str, machine: Json) -> None:
    recorded = Recorded(StopPipelineExecution={"Error": {"Code": code, "Message": "It is over."}})

    recorded.run(machine, EVENT)

    assert len(recorded.stopped()) == 1
