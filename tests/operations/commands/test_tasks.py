"""Tests of `ops tasks`: of tasks that run, that stopped and that failed, and with denied permissions."""

from pathlib import Path

import pytest

from operations.commands import tasks
from operations.commands.tasks import Tasks
from operations.wait import until
from tests.support.localaws.aws_pipeline import TASK_DEFINITION, TIMEOUT_SECONDS, clients
from tests.support.ops.user import User, check_actions, documented, section
from tests.support.ops.watched import until_line, watched
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

SECTION = "### Which tasks run, and why tasks stopped"
MISSING = {"ecs:ListTasks": ["tasks"], "ecs:DescribeTasks": ["tasks"]}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("tasks", tmp_path, monkeypatch, capsys)


def test_the_running_task_is_before_the_task_that_it_replaced(user: User) -> None:
    dev = user.deploy()
    top = dev.deliver(b"one")

    code, found = user.answer(Tasks)

    [running, replaced] = found.tasks or []
    assert (code, running.status, running.revision) == (0, "RUNNING", f"{dev.name}:2")
    assert running.started_by == dev.service()["deployments"][0]["id"]
    app = running.containers[0]
    assert (app.name, app.digest, app.exit_code) == ("app", top, None)
    assert (replaced.status, replaced.stop_code) == ("STOPPED", "ServiceSchedulerInitiated")
    _, out, _ = user.run()
    _, _, _, titles, *lines = out.splitlines()
    assert titles.split() == ["task", "status", "time", "(UTC)", "revision", "details"]
    assert [line.split()[:2] for line in lines if line[0] != " "] == [
        [running.id[:8], "RUNNING"],
        [replaced.id[:8], "STOPPED"],
    ]
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_a_task_that_failed_has_its_exit_code(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    only = TASK_DEFINITION | {"containerDefinitions": [{"name": "app", "image": f"{dev.name}-exits"}]}
    arn = (
        clients().client("ecs").register_task_definition(family=dev.name, **only)["taskDefinition"]["taskDefinitionArn"]
    )
    clients().local.let_containers_fail(f"{dev.name}-exits", exit_code=3)
    clients().client("ecs").update_service(cluster=dev.name, service=dev.name, taskDefinition=arn)

    def failed() -> str:
        _, out, _ = user.run()
        return out if "exit code 3" in out else ""

    out = until(failed, TIMEOUT_SECONDS, "no task has failed")

    _, _, _, _, running, *lines = out.splitlines()
    assert running.split()[1:] == ["RUNNING", *running.split()[2:4], "2", "healthy"]
    assert lines[0].endswith("  3         EssentialContainerExited")
    assert lines[1].strip() == "app: exit code 3"
    assert f"{lines[0][:8]}  Essential container in task exited" in "\n".join(lines)


def test_the_documented_actions_are_used_and_each_denial_is_named(user: User) -> None:
    user.deploy()

    check_actions(tasks.read, documented(SECTION), MISSING)


def test_an_answer_is_documented() -> None:
    [shown] = blocks(section(SECTION), "text")

    assert shown.splitlines()[3].split() == ["task", "status", "time", "(UTC)", "revision", "details"]


def test_an_empty_account_has_no_tasks(user: User) -> None:
    code, out, errors = user.run()

    assert (code, errors) == (3, "")
    assert "not read tasks: dev: is not deployed (Cluster not found.); run make deploy ENV=dev" in " ".join(out.split())


def test_a_cluster_without_the_service_has_no_tasks(user: User) -> None:
    clients().client("ecs").create_cluster(clusterName=user.name)

    code, found = user.answer(Tasks)

    assert (code, found.tasks, [each.part for each in found.not_read]) == (3, None, ["tasks"])


def test_a_service_without_tasks_is_a_note(user: User) -> None:
    clients().client("ecs").create_cluster(clusterName=user.name)
    clients().client("ecs").register_task_definition(
        family=user.name, containerDefinitions=[{"name": "app", "image": "app", "memory": 8}]
    )
    clients().client("ecs").create_service(
        cluster=user.name, serviceName=user.name, taskDefinition=user.name, desiredCount=0
    )

    code, out, _ = user.run()

    assert (code, out.splitlines()[-1]) == (0, "tasks  none runs, and none stopped in the last hour")


def test_watched_tasks_are_one_line_of_json_for_each_change(user: User) -> None:
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName=user.name)
    ecs.register_task_definition(family=user.name, containerDefinitions=[{"name": "app", "image": "app", "memory": 8}])
    ecs.create_service(cluster=user.name, serviceName=user.name, taskDefinition=user.name, desiredCount=0)
    with watched(user, "tasks", "--json") as (lines, interrupt):
        first = Tasks.model_validate_json(until_line(lines, "{"))
        ecs.update_service(cluster=user.name, service=user.name, desiredCount=1)
        second = Tasks.model_validate_json(until_line(lines, "{"))

        assert (first.tasks, len(second.tasks or [])) == ([], 1)
        assert interrupt() == (130, "✗ interrupted\n")
