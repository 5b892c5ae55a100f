"""The sessions of ECS Exec, and the agent in the tasks of a service."""

import pytest

from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, until
from tests.support.localaws.ecs.exec_service import CONNECT, ExecService
from tests.support.localaws.fixes import refusal
from tests.support.localaws.roles import client, session

NOT_RUNNING = (
    "InvalidParameterException: The execute command failed because execute command was not enabled when the task was "
    "run or the execute command agent isn't running. Wait and try again or run a new task with execute command enabled "
    "and try again."
)


@pytest.fixture(scope="module")
def service() -> ExecService:
    return ExecService("exec", CONNECT)


def test_the_answer_has_a_session_with_the_container(service: ExecService) -> None:
    [task] = service.running()

    answer = service.execute()

    shown = answer["session"]
    assert {name: answer[name] for name in answer if name not in ("session", "ResponseMetadata")} == {
        "clusterArn": task["clusterArn"],
        "containerArn": task["containers"][0]["containerArn"],
        "containerName": "app",
        "interactive": True,
        "taskArn": task["taskArn"],
    }
    assert shown.keys() == {"sessionId", "streamUrl", "tokenValue"}
    assert shown["sessionId"].startswith("ecs-execute-command-")
    assert shown["streamUrl"].startswith(f"wss://ssmmessages.{REGION}.invalid/v1/data-channel/{shown['sessionId']}?")
    assert service.execute()["session"]["sessionId"] != shown["sessionId"]


def test_the_events_of_the_task_have_the_agent(service: ExecService) -> None:
    [task] = service.running()
    sent = [each["event"] for each in clients().deliveries() if each["event"]["resources"] == [task["taskArn"]]]

    [agent] = sent[-1]["detail"]["containers"][0]["managedAgents"]
    assert (agent["name"], agent["lastStatus"]) == ("ExecuteCommandAgent", "RUNNING")
    assert agent["lastStartedAt"].endswith("Z")


def test_wrong_requests_are_refused(service: ExecService) -> None:
    assert refusal(service.execute, interactive=False) == (
        "InvalidParameterException: Interactive is the only mode supported currently."
    )
    assert refusal(service.execute, task="0" * 32) == (
        "InvalidParameterException: The task provided in the request was not found."
    )
    assert refusal(service.execute, container="proxy") == (
        "InvalidParameterException: The container provided in the request was not found in the task."
    )
    assert refusal(service.execute, cluster="none") == "ClusterNotFoundException: Cluster not found."


def test_a_task_from_before_the_setting_has_no_agent() -> None:
    """A new deployment starts tasks with the agent."""
    service = ExecService("exec-later", CONNECT, enabled=False)
    [before] = service.running()
    service.ecs.update_service(cluster=service.name, service=service.name, enableExecuteCommand=True)

    assert (service.agents(), refusal(service.execute)) == ([], NOT_RUNNING)
    service.ecs.update_service(cluster=service.name, service=service.name, forceNewDeployment=True)
    until(lambda: [task["taskArn"] for task in service.running()] not in ([], [before["taskArn"]]))
    until(lambda: len(service.running()) == 1)
    assert service.agents() == ["RUNNING"]


def test_a_read_only_root_stops_the_agent() -> None:
    service = ExecService("exec-readonly", CONNECT, container={"readonlyRootFilesystem": True})

    assert (service.agents(), refusal(service.execute)) == (["STOPPED"], NOT_RUNNING)


@pytest.mark.parametrize("missing", CONNECT["Action"])
def test_the_agent_needs_each_permission_of_the_task_role(missing: str, service: ExecService) -> None:
    service.grant({**CONNECT, "Action": [action for action in CONNECT["Action"] if action != missing]})

    said = refusal(service.execute)

    service.grant(CONNECT)
    assert said == "TargetNotConnectedException: The execute command failed due to an internal error. Try again later."
    assert refusal(service.execute) == ""


def test_a_role_needs_the_cluster_the_task_and_the_container(service: ExecService) -> None:
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{service.name}"
    tasks = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{service.name}/*"
    only = {"StringEquals": {"ecs:container-name": "app"}}
    [task] = service.running()

    def attempt(*resources: str, **members: str) -> str:
        right = {"Effect": "Allow", "Action": "ecs:ExecuteCommand", "Resource": resources, "Condition": only}
        ecs = client(clients().local, session(clients().local, "executes", right), "ecs")
        whole = {"cluster": service.name, "task": task["taskArn"], "command": "sh", "interactive": True} | members
        return refusal(ecs.execute_command, **whole).partition(":")[0]

    assert attempt(cluster, tasks, container="app") == ""
    assert attempt(cluster, container="app") == "AccessDeniedException"
    assert attempt(tasks, container="app") == "AccessDeniedException"
    assert attempt(cluster, tasks) == "AccessDeniedException"
