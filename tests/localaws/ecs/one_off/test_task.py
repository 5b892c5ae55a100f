"""One-off tasks: their commands run in real processes, with the variables and secrets of the container."""

import time
from typing import Any

import pytest

from tests.localaws.ecs.one_off.cluster import Cluster, push
from tests.support.localaws.aws_pipeline import clients, policy, until
from tests.support.localaws.fixes import refusal
from tests.support.localaws.roles import client, session
from tests.support.localaws.roles_to_act_for import grant

STOPPED_BY_EXIT = ("EssentialContainerExited", "Essential container in task exited")


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster("one-off")


def test_a_command_gets_variables_overrides_and_secrets(cluster: Cluster) -> None:
    task = cluster.run("sh", "-c", 'echo "$A|$B|$C|$USER|$DSN"', environment={"B": "of the task", "C": "new"})

    assert cluster.log(task) == ["of the revision|of the task|new|app|from SSM"]
    assert (task["stopCode"], task["stoppedReason"]) == STOPPED_BY_EXIT
    assert [each["exitCode"] for each in task["containers"]] == [0]


def test_a_task_is_shown_as_aws_shows_it(cluster: Cluster) -> None:
    started = cluster.start("sh", "-c", "exit 3", startedBy="ops-run/1", tags=[{"key": "app", "value": "shop"}])
    task = cluster.stopped(started)

    assert (started["lastStatus"], started["desiredStatus"]) == ("PENDING", "RUNNING")
    assert task["createdAt"] <= task["startedAt"] <= task["stoppedAt"]
    assert {name: task[name] for name in ("desiredStatus", "group", "launchType", "platformVersion", "startedBy")} == {
        "desiredStatus": "STOPPED",
        "group": "family:one-off",
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "startedBy": "ops-run/1",
    }
    assert task["overrides"] == {"containerOverrides": [{"name": "app", "command": ["sh", "-c", "exit 3"]}]}
    assert [(each["lastStatus"], each["exitCode"]) for each in task["containers"]] == [("STOPPED", 3)]
    described = cluster.ecs.describe_tasks(cluster="one-off", tasks=[task["taskArn"]], include=["TAGS"])
    assert described["tasks"][0]["tags"] == [{"key": "app", "value": "shop"}]


def test_the_output_is_in_the_log_while_the_command_runs(cluster: Cluster) -> None:
    task = cluster.start("sh", "-c", "echo begun; exec sleep 60")

    until(lambda: cluster.shown(task)["lastStatus"] == "RUNNING" and cluster.log(task) == ["begun"])
    [counted] = cluster.ecs.describe_clusters(clusters=["one-off"])["clusters"]
    assert (counted["runningTasksCount"], counted["pendingTasksCount"]) == (1, 0)
    stopping = cluster.ecs.stop_task(cluster="one-off", task=task["taskArn"], reason="enough")["task"]
    assert stopping["desiredStatus"] == "STOPPED"
    stopped = cluster.stopped(task)
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert [each["exitCode"] for each in stopped["containers"]] == [143]
    [counted] = cluster.ecs.describe_clusters(clusters=["one-off"])["clusters"]
    assert (counted["runningTasksCount"], counted["pendingTasksCount"]) == (0, 0)


def test_a_command_can_end_in_order_before_the_stop_timeout(cluster: Cluster) -> None:
    task = cluster.start("sh", "-c", "trap 'echo bye; exit 7' TERM; echo begun; while :; do sleep 0.05; done")
    until(lambda: cluster.log(task) == ["begun"])

    cluster.ecs.stop_task(cluster="one-off", task=task["taskArn"])

    assert [each["exitCode"] for each in cluster.stopped(task)["containers"]] == [7]
    assert cluster.log(task) == ["begun", "bye"]


def test_a_command_is_killed_after_the_stop_timeout(cluster: Cluster) -> None:
    revision = cluster.register(container={"stopTimeout": 2})
    command = ["sh", "-c", "trap '' TERM; echo begun; while :; do sleep 0.05; done"]
    task = cluster.start(*command, taskDefinition=revision)
    until(lambda: cluster.log(task) == ["begun"])

    began = time.monotonic()
    cluster.ecs.stop_task(cluster="one-off", task=task["taskArn"])

    assert [each["exitCode"] for each in cluster.stopped(task)["containers"]] == [137]
    assert time.monotonic() - began >= 1.9


def test_a_container_without_a_command_runs_until_the_task_ends(cluster: Cluster) -> None:
    side = {
        "name": "side",
        "image": "proxy:1",
        "essential": False,
        "logConfiguration": cluster.container["logConfiguration"],
    }
    task = cluster.run("true", taskDefinition=cluster.register(side))

    assert {each["name"]: each["exitCode"] for each in task["containers"]} == {"app": 0, "side": 0}
    assert cluster.log(task, "side") == ["The local AWS does not run the container of proxy:1."]


def test_a_task_ends_with_its_first_essential_container(cluster: Cluster) -> None:
    others = [{"name": name, "image": "i", "essential": name == "last"} for name in ("first", "last")]
    override = [
        {"name": "app", "command": ["sleep", "60"]},
        {"name": "first", "command": ["sh", "-c", "exit 4"]},
        {"name": "last", "command": ["sh", "-c", "sleep 0.3; exit 5"]},
    ]
    task = cluster.run(taskDefinition=cluster.register(*others), overrides={"containerOverrides": override})

    assert {each["name"]: each["exitCode"] for each in task["containers"]} == {"app": 143, "first": 4, "last": 5}


def test_the_variables_of_the_image_are_set_except_path_and_home(cluster: Cluster) -> None:
    uri = push("one-off-app", Env=["PATH=/nowhere", "HOME=/nowhere", "A=of the image", "LANG=C.UTF-8"])
    task = cluster.run(
        "sh",
        "-c",
        'echo "$A|$LANG"; test "$HOME" != /nowhere',
        taskDefinition=cluster.register(container={"image": uri}),
    )

    assert (cluster.log(task), task["containers"][0]["exitCode"]) == (["of the revision|C.UTF-8"], 0)
    assert task["containers"][0]["imageDigest"].startswith("sha256:")


def failed(cluster: Cluster, *command: str, **changed: Any) -> str:
    """Return the reason of a task that does not start."""
    task = cluster.run(*command, **changed)
    assert task["stopCode"] == "TaskFailedToStart"
    assert "exitCode" not in task["containers"][0]
    assert "startedAt" not in task
    return str(task["stoppedReason"])


def test_a_task_that_cannot_start_has_the_reason_of_ecs(cluster: Cluster) -> None:
    no_image = {"image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/none:1"}
    no_secret = {"secrets": [{"name": "KEY", "valueFrom": f"{cluster.secret}:password::"}]}

    reasons = [
        failed(cluster, "no-such-program"),
        *(failed(cluster, "true", taskDefinition=cluster.register(container=each)) for each in (no_image, no_secret)),
    ]

    assert 'exec: "no-such-program": executable file not found in $PATH' in reasons[0]
    assert [reason.partition(":")[0] for reason in reasons] == [
        "CannotStartContainerError",
        "CannotPullContainerError",
        "ResourceInitializationError",
    ]


def test_a_task_uses_the_rights_of_its_execution_role(cluster: Cluster) -> None:
    role = clients().role("one-off-other", {"Service": "ecs-tasks.amazonaws.com"}, rights=())

    reason = failed(cluster, "true", overrides={"executionRoleArn": role})

    assert reason.startswith("ResourceInitializationError: unable to pull secrets")
    assert "secretsmanager:GetSecretValue" in reason


def test_a_task_that_is_stopped_before_it_runs_has_no_exit_code(cluster: Cluster) -> None:
    task = cluster.start("sleep", "60")
    cluster.ecs.stop_task(cluster="one-off", task=task["taskArn"])

    stopped = cluster.stopped(task)

    assert stopped["stopCode"] == "UserInitiated"
    assert stopped["containers"][0].get("exitCode") in (None, 143)  # 143 if the command had begun already


def test_a_one_off_task_is_none_of_a_service(cluster: Cluster) -> None:
    cluster.ecs.create_service(
        cluster="one-off", serviceName="one-off", taskDefinition=cluster.revision, desiredCount=0
    )
    task = cluster.start("sleep", "60", startedBy="me")

    def listed(**filters: str) -> list[str]:
        return list(cluster.ecs.list_tasks(cluster="one-off", **filters)["taskArns"])

    assert listed(serviceName="one-off") == []
    assert listed(startedBy="me") == listed(startedBy="me", family="one-off") == [task["taskArn"]]
    assert task["taskArn"] in listed()
    assert listed(startedBy="you") == []
    cluster.ecs.stop_task(cluster="one-off", task=task["taskArn"])
    cluster.stopped(task)
    assert listed(startedBy="me", desiredStatus="STOPPED") == [task["taskArn"]]
    cluster.ecs.delete_service(cluster="one-off", service="one-off")


def test_the_changes_of_a_task_are_events(cluster: Cluster) -> None:
    task = cluster.run("true")

    def statuses() -> list[str]:
        details = [each["event"]["detail"] for each in clients().deliveries()]
        return [each["lastStatus"] for each in details if each.get("taskArn") == task["taskArn"]]

    until(lambda: statuses() == ["PENDING", "RUNNING", "STOPPED"])


def test_a_repeated_request_starts_no_second_task(cluster: Cluster) -> None:
    first, second = (cluster.start("true", clientToken="one", count=2)["taskArn"] for _ in range(2))

    assert first == second
    assert cluster.start("true")["taskArn"] != first


def test_a_family_without_a_revision_is_its_newest_active_revision(cluster: Cluster) -> None:
    newest = cluster.register()
    cluster.ecs.deregister_task_definition(taskDefinition=cluster.register())

    assert cluster.start("true", taskDefinition="one-off")["taskDefinitionArn"] == newest


def test_fargate_spot_is_a_capacity_provider(cluster: Cluster) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT"}]

    task = cluster.start("true", launchType=None, capacityProviderStrategy=strategy)

    assert (task["capacityProviderName"], task["launchType"]) == ("FARGATE_SPOT", "FARGATE")


def test_an_unknown_task_cannot_be_stopped(cluster: Cluster) -> None:
    assert refusal(cluster.ecs.stop_task, cluster="one-off", task="0" * 32) == (
        "InvalidParameterException: The referenced task was not found."
    )


def test_a_session_needs_run_task_and_pass_role(cluster: Cluster) -> None:
    """Each statement is removed one time. The message names the action and the resource."""
    revision = cluster.revision
    place = revision.rpartition(":task-definition/")[0]
    in_cluster = {"Condition": {"ArnEquals": {"ecs:cluster": f"{place}:cluster/one-off"}}}
    to_tasks = {"Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}
    tasks = f"{place}:task/one-off/*"
    rights = [
        grant("ecs:RunTask", revision) | {"Sid": "Run"} | in_cluster,
        grant("ecs:TagResource", tasks) | {"Sid": "Tag"},
        grant("iam:PassRole", cluster.execution_role) | {"Sid": "PassExecution"} | to_tasks,
        grant("iam:PassRole", cluster.task_role) | {"Sid": "PassTask"} | to_tasks,
    ]
    key = session(clients().local, "one-off-runner", *rights)
    ecs, iam = client(clients().local, key, "ecs"), clients().client("iam")
    tags = [{"key": "app", "value": "shop"}]

    def denied(*held: dict[str, Any]) -> str:
        iam.put_role_policy(RoleName="one-off-runner", PolicyName="rights", PolicyDocument=policy(*held))
        call = {"cluster": "one-off", "taskDefinition": revision, "launchType": "FARGATE", "tags": tags}
        said = refusal(ecs.run_task, networkConfiguration=cluster.network, **call)
        return said.partition("perform: ")[2].partition(" because")[0]

    assert [denied(*rights), *(denied(*rights[:each], *rights[each + 1 :]) for each in range(4))] == [
        "",
        f"ecs:RunTask on resource: {revision}",
        f"ecs:TagResource on resource: {tasks}",
        f"iam:PassRole on resource: {cluster.execution_role}",
        f"iam:PassRole on resource: {cluster.task_role}",
    ]
