"""Tests of `ops stop-task` on the shared local AWS."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from operations.actions import stop_task
from tests.support.localaws.aws_pipeline import clients
from tests.support.ops.incidents import TASK
from tests.support.ops.user import User
from tools.outside import OutsideError


@pytest.fixture
def user(user_of: Callable[[str], User]) -> User:
    return user_of("stop-task")


def tasks(user: User, desired: str = "RUNNING") -> list[str]:
    """Return the ids of the tasks with a desired status."""
    found = clients().client("ecs").list_tasks(cluster=user.name, serviceName=user.name, desiredStatus=desired)
    return [arn.rpartition("/")[2] for arn in found["taskArns"]]


def test_another_task_starts_in_the_place_of_the_stopped_task(user: User) -> None:
    [task] = tasks(user)

    code, out, errors = user.run(task[:8], "--reason", "it hangs")

    assert (code, errors) == (0, "")
    only = "It is the only task that runs, so the service is down until the next task runs"
    assert re.search(
        rf"stop-task: stops the task {task} of {user.name}:\d+, which is RUNNING \(it hangs\)\. {only}\n", out
    )
    assert out.endswith("The task is stopped, and the service runs 1 tasks.\n")
    assert len(tasks(user)) == 1
    assert task in tasks(user, "STOPPED")
    [described] = clients().client("ecs").describe_tasks(cluster=user.name, tasks=[task])["tasks"]
    assert (described["stopCode"], described["stoppedReason"]) == ("UserInitiated", "it hangs")

    code, out, errors = user.run(task, "--json")

    assert (code, out) == (1, "")
    assert errors.endswith(f"✗ TASK: the task {task} has already stopped, or is about to stop: it hangs\n")


def test_an_id_must_name_one_task_of_the_service(user: User) -> None:
    code, _, errors = user.run("0123456789")

    assert code == 1
    assert "✗ TASK: must be the id of a task of the service, or its first characters, got '0123456789'" in errors
    two = [replace(TASK, id=id_) for id_ in ("ab12", "ab34")]
    assert stop_task.find(two, "ab1", "dev").id == "ab12"
    with pytest.raises(OutsideError, match=r"must be the first characters of one id, got 'ab' for ab12, ab34$"):
        stop_task.find(two, "ab", "dev")


@pytest.mark.parametrize("id_", ["", "ABC", "arn:aws:ecs:eu-central-1:123456789012:task/shop/ab12", "*"])
def test_a_text_that_is_no_id_is_refused(id_: str, user: User) -> None:
    with pytest.raises(SystemExit):
        user.run(id_)

    assert "must be the id of a task, such as `ops tasks` shows" in user.capsys.readouterr().err


@pytest.mark.parametrize("reason", ["two\nlines", "\x1b[31mred", "\udcff"])
def test_a_reason_that_is_not_printable_is_refused(reason: str, user: User) -> None:
    with pytest.raises(SystemExit):
        user.run("ab12", "--reason", reason)

    assert f"must be one line of printable characters, got {reason!a}" in user.capsys.readouterr().err
