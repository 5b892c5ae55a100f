"""Tests of `ops scale` on the shared local AWS."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from botocore.exceptions import ClientError

from operations.actions import steady
from operations.actions.scale import Scaled
from operations.system.control.service import ServiceControl
from operations.system.deployed import DeployedEnvironment
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import TASK_DEFINITION, clients
from tests.support.ops.user import User, section
from tests.test_docs import blocks


@pytest.fixture
def user(user_of: Callable[[str], User]) -> User:
    return user_of("scale")


def counts(user: User) -> tuple[int, int]:
    """Return how many tasks are desired, and how many run."""
    [service] = clients().client("ecs").describe_services(cluster=user.name, services=[user.name])["services"]
    return service["desiredCount"], service["runningCount"]


def test_it_sets_the_desired_count_and_waits_for_the_tasks(user: User) -> None:
    code, out, errors = user.run("2")

    assert (code, errors, counts(user)) == (0, "", (2, 2))
    [shown, *_] = blocks(section("## Change a running system"), "text")
    assert masked(out.replace(user.name, "example-app-dev")) == masked(shown)


def masked(answer: str) -> str:
    """Return an answer without the id of the task, which differs each time."""
    return re.sub(r"\(task [0-9a-f]{32}\)", "(task ...)", answer)


def test_a_push_keeps_the_count(user: User, dev: Deployed) -> None:
    user.run("2")

    pushed = dev.deliver(b"with two tasks")

    assert (dev.runs(), counts(user)) == (f"{dev.repository_uri}@{pushed}", (2, 2))


def test_in_json_only_the_answer_is_on_standard_output(user: User) -> None:
    code, out, errors = user.run("2", "--json")

    found = Scaled.model_validate_json(out)
    change = "sets the desired count of the service from 1 to 2"
    assert (code, found.before, found.count, found.change, found.fault) == (0, 1, 2, change, "")
    assert f"scale: {change}\n" in errors


def test_another_change_of_the_count_is_not_taken_for_success(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else can scale at the same time, or a deployment with Terraform can."""
    other = partial(clients().client("ecs").update_service, cluster=user.name, service=user.name, desiredCount=3)
    scaled = ServiceControl.scale
    monkeypatch.setattr(ServiceControl, "scale", lambda self, count: (scaled(self, count), other()))

    code, out, _ = user.run("2")

    assert (code, counts(user)) == (2, (3, 3))
    assert "the desired count of the service is 3 now, because somebody else has changed it\n" in out


def test_the_same_count_changes_nothing(user: User) -> None:
    code, out, _ = user.run("1")

    assert (code, counts(user)) == (0, (1, 1))
    assert "scale: changes nothing, because the desired count of the service is 1 already\n" in out
    assert "The settings have the same number, 1, so `make diff` shows no change of it.\n" in out


def test_it_says_before_that_no_task_will_run(user: User) -> None:
    code, out, _ = user.run("0")

    announced = "from 1 to 0. No task will run, and the load balancer will answer each request with an error\n"
    assert (code, counts(user)) == (0, (0, 0))
    assert out.index(announced) < out.index("No task runs.\n")


@pytest.mark.slow
def test_tasks_that_do_not_run_have_a_cause(user: User, dev: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tasks fail in a deployment that is in progress, without a circuit breaker."""
    monkeypatch.setattr(steady, "PATIENCE_SECONDS", 0.2)
    ecs, good = clients().client("ecs"), dev.service()["taskDefinition"]
    bad = push_image(clients().client("ecr"), dev.name, "bad", b"bad")
    clients().local.let_containers_fail(bad, exit_code=3, log=["no relation notes"])
    revision = {name: value for name, value in dev.task_definition().items() if name in TASK_DEFINITION and value}
    containers = [each | {"image": f"{dev.repository_uri}@{bad}"} for each in revision["containerDefinitions"][:1]]
    roles = dict.fromkeys(("executionRoleArn", "taskRoleArn"), dev.roles["ecs-tasks"])
    ecs.register_task_definition(family=dev.name, **roles | revision | {"containerDefinitions": containers})
    ecs.update_service(cluster=dev.name, service=dev.name, taskDefinition=dev.name)

    code, out, errors = user.run("2", "--json")
    ecs.update_service(cluster=dev.name, service=dev.name, taskDefinition=good)

    found = Scaled.model_validate_json(out)
    assert (code, found.count) == (2, 2)
    assert "scale: sets the desired count of the service from 1 to 2, while a deployment is in progress\n" in errors
    assert "of 2 new tasks run. The container app exits with code 3 (certain)" in found.fault


def test_the_wait_has_an_end(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "SECONDS", 0.0)
    monkeypatch.setattr(steady, "complete", lambda *_: False)

    code, out, _ = user.run("2")

    assert (code, counts(user)) == (2, (2, 2))
    assert "the service does not run its tasks after 0 seconds\n" in out


def test_a_denial_during_the_wait_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized to perform: ecs:ListTasks because"}}

    def denied(_: object) -> None:
        raise ClientError(error, "ListTasks")  # type: ignore[arg-type] # the answer lacks its metadata

    monkeypatch.setattr(DeployedEnvironment, "tasks", denied)

    code, _, errors = user.run("2")

    assert (code, counts(user)[0]) == (1, 2)
    reason = "the credentials lack the permission ecs:ListTasks"
    assert errors == f"✗ {reason}\nthe command could not wait for the tasks; run ops status\n"


@pytest.mark.parametrize("count", ["-1", "5001", "many", "1.5", ""])
def test_a_wrong_count_is_refused(count: str, user: User) -> None:
    with pytest.raises(SystemExit):
        user.run(count)

    assert "must be a number from 0 to 5000" in user.capsys.readouterr().err
