"""Tests of `ops run` that is interrupted, or that AWS does not answer: it leaves no task, or says how to stop it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from operations.actions.run import task as module
from operations.system.control.one_off import OneOffTasks
from operations.system.logs.events import Logs
from operations.system.tasks import Task
from tests.support.localaws.aws_pipeline import REGION, TIMEOUT_SECONDS, clients
from tests.support.ops.one_off import none_runs, one_off, with_network
from tests.support.ops.user import User
from tests.support.synthesized import ROOT

pytestmark = pytest.mark.slow

NAME = "ran-dev"
LONG = ("--", "sh", "-c", "echo begun; exec sleep 60")
TIMES_OUT = ConnectTimeoutError(endpoint_url="https://ecs.eu-central-1.amazonaws.com/")


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("run", tmp_path, monkeypatch, capsys, with_network(NAME).name)


def denied(operation: str) -> ClientError:
    message = f"User: arn is not authorized to perform: ecs:{operation} on resource: task"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation)


def after(call: Callable[..., Any], number: int, then: Callable[[], object]) -> Callable[..., Any]:
    """Return the function, which does something in its call with a number, before its work."""
    calls = 0

    def called(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            then()
        return call(*args, **named)

    return called


def raising(error: Exception) -> Callable[[], object]:
    def throw() -> None:
        raise error

    return throw


def id_of_the_last() -> str:
    tasks = one_off(NAME) + one_off(NAME, "STOPPED")
    return str(max(tasks, key=lambda each: each["createdAt"])["taskArn"].rpartition("/")[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("moment", ["before the request", "before the task runs", "while it runs"])
def test_an_interrupt_stops_the_task(
    moment: str, number: signal.Signals, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call of `find` checks the permission. The first call of `after` does this for the log."""
    target, name, call = {
        "before the request": (OneOffTasks, "start", 1),
        "before the task runs": (OneOffTasks, "find", 2),
        "while it runs": (Logs, "after", 4),
    }[moment]
    monkeypatch.setattr(target, name, after(getattr(target, name), call, lambda: signal.raise_signal(number)))

    code, _, errors = user.run(*LONG)

    assert code == 130
    assert errors.splitlines()[-2:] == [
        f"ECS stops the task {id_of_the_last()}. The command gets SIGTERM, and later SIGKILL.",
        "✗ interrupted",
    ]
    none_runs(NAME)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_to_the_program_stops_the_task(number: signal.Signals, user: User) -> None:
    variables = os.environ | {"ENVIRONMENTS_FILE": str(user.file)}
    command = [sys.executable, "-m", "operations", "run", "dev", *LONG]
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        assert process.wait(TIMEOUT_SECONDS) == 130
        assert "ECS stops the task" in process.stderr.read()
    none_runs(NAME)


@pytest.mark.parametrize("reader", ["| true", "2>&1 | head -7"])
def test_the_end_of_the_reader_stops_the_task(reader: str, user: User) -> None:
    """The reader reads nothing. Or it ends when it has read the first line of the output."""
    variables = os.environ | {"ENVIRONMENTS_FILE": str(user.file)}
    line = f"{sys.executable} -m operations run dev -- sh -c 'while echo more; do sleep 0.1; done' {reader}"
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 141
    assert "ECS stops the task" in ended.stderr or reader.startswith("2>&1")
    none_runs(NAME)


def how_to_stop(task: str) -> str:
    return f"To stop it: aws ecs stop-task --region {REGION} --cluster {NAME} --task {task}"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (denied("StopTask"), "was not stopped: the credentials lack the permission ecs:StopTask."),
        (TIMES_OUT, f"was not stopped: {TIMES_OUT}."),
        (KeyboardInterrupt(), "may still run."),
    ],
    ids=["denied", "timeout", "interrupt"],
)
def test_a_task_that_cannot_be_stopped_is_named(
    error: Exception, reason: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneOffTasks, "find", after(OneOffTasks.find, 2, lambda: signal.raise_signal(signal.SIGINT)))
    monkeypatch.setattr(OneOffTasks, "stop", after(OneOffTasks.stop, 1, raising(error)))

    code, _, errors = user.run(*LONG)

    task = id_of_the_last()
    assert code == 130
    assert errors.splitlines()[-2] == f"The task {task} {reason} {how_to_stop(task)}"
    clients().client("ecs").stop_task(cluster=NAME, task=task)
    none_runs(NAME)


def test_an_answer_that_is_late_is_awaited(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    find = after(OneOffTasks.find, 2, raising(TIMES_OUT))
    monkeypatch.setattr(OneOffTasks, "find", after(find, 3, raising(TIMES_OUT)))
    monkeypatch.setattr(Logs, "after", after(Logs.after, 2, raising(TIMES_OUT)))

    assert user.run("--", "echo", "done")[:2] == (0, "done\n")


@pytest.mark.parametrize(
    ("patience", "error", "last"),
    [
        (0.0, TIMES_OUT, f"✗ {TIMES_OUT}"),
        (60.0, denied("DescribeTasks"), "✗ dev: the credentials lack the permission ecs:DescribeTasks"),
    ],
    ids=["timeout", "denied"],
)
def test_a_task_that_cannot_be_followed_runs_on_and_is_named(
    patience: float, error: Exception, last: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command may be a migration, so it is not stopped."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", patience)
    monkeypatch.setattr(OneOffTasks, "find", after(OneOffTasks.find, 2, raising(error)))

    code, _, errors = user.run(*LONG)

    [task] = [each["taskArn"].rpartition("/")[2] for each in one_off(NAME)]
    assert code == 125
    assert errors.splitlines()[-2:] == [f"The task {task} was not followed to its end. {how_to_stop(task)}", last]
    clients().client("ecs").stop_task(cluster=NAME, task=task)
    none_runs(NAME)


def test_a_start_without_an_answer_says_how_to_find_the_task(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    start = OneOffTasks.start

    def lost(self: OneOffTasks, *args: Any, **named: Any) -> Task:
        start(self, *args, **named)
        raise TIMES_OUT

    monkeypatch.setattr(OneOffTasks, "start", lost)

    code, _, errors = user.run("--", "true")

    assert code == 125
    mark = errors.splitlines()[-2].partition("--started-by ")[2]
    expected = f"aws ecs list-tasks --region {REGION} --cluster {NAME} --started-by {mark}"
    assert errors.splitlines()[-2] == f"To see whether the task was started: {expected}"
    none_runs(NAME)
    stopped = clients().client("ecs").list_tasks(cluster=NAME, startedBy=mark, desiredStatus="STOPPED")["taskArns"]
    assert len(stopped) == 1


def test_a_container_without_a_log_still_returns_its_code(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.system.definitions.of_container", lambda *_: None)

    code, out, errors = user.run("--", "sh", "-c", "echo unseen; exit 4")

    assert (code, out) == (4, "")
    assert "The container writes no logs to CloudWatch, so its output is not shown.\n" in errors
