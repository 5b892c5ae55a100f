"""Tests of `ops exec` on the shared local AWS, with a program in place of the Session Manager plugin."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.actions import session_plugin
from operations.actions.exec import chosen
from operations.system.control import sessions
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.ecs.exec_service import CONNECT, ExecService
from tests.support.ops.incidents import SETTINGS, TASK
from tests.support.ops.plugin import KEYS, Plugin
from tests.support.ops.user import User, section
from tests.test_docs import blocks
from tools.outside import OutsideError

ON = {"service": {"readonly_root_filesystem": False, "ecs_exec": True}}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    made = User.of("exec", tmp_path, monkeypatch, capsys)
    made.settings(**ON)
    return made


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    return Plugin.install(tmp_path, monkeypatch)


def without_session(call: dict[str, Any]) -> list[Any]:
    """Return the arguments of a call, with the names of the members in place of the new session."""
    first, *others = call["arguments"]
    return [list(json.loads(first)), *others]


def test_it_calls_the_plugin_as_the_aws_cli_does(
    user: User, plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first argument has the session, which is new at each call."""
    (tmp_path / "config").write_text("[profile anna]\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "anna")
    service = ExecService(user.name, CONNECT)
    [task] = service.running()
    cli = ["ecs", "execute-command", "--cluster", user.name, "--task", task["taskArn"], "--container", "app"]

    code, out, errors = user.run("--", "ls", "-l", "--", "a b")
    [own] = plugin.calls()
    command = [*cli, "--interactive", "--command", "ls -l -- 'a b'", "--region", REGION]
    subprocess.run([Path(sys.executable).with_name("aws"), *command], check=True, capture_output=True)
    [original] = plugin.calls()

    assert (code, errors) == (0, "")
    id_ = task["taskArn"].rpartition("/")[2]
    assert f"exec: runs ls -l -- 'a b' as root in the container app of task {id_}\n" in out
    assert without_session(own) == without_session(original)
    assert own["arguments"][3:5] == ["anna", json.dumps({"Target": service.target()})]
    assert json.loads(own["arguments"][0])["sessionId"] != json.loads(original["arguments"][0])["sessionId"]
    assert {name: own["environment"].get(name) for name in KEYS} == {name: os.environ.get(name) for name in KEYS}


def test_the_default_is_a_shell_in_the_newest_task(user: User, plugin: Plugin) -> None:
    service = ExecService(user.name, CONNECT)

    code, out, _ = user.run()

    assert (code, len(plugin.calls())) == (0, 1)
    assert "exec: runs /bin/sh as root in the container app of task " in out
    [task] = service.running()
    start = task["taskArn"].rpartition("/")[2][:8]
    assert (user.run("--task", start)[0], len(plugin.calls())) == (0, 1)
    other = "no task is running; `ops tasks dev` shows the tasks"
    assert user.run("--task", "none")[::2] == (1, f"✗ dev: task none: {other}\n")


def test_the_documented_answer_is_a_real_one(user: User, plugin: Plugin) -> None:
    """The id of the task differs."""
    [shown] = blocks(section("### Open a shell in a task"), "text")
    command = shown.partition("exec: runs ")[2].partition(" as root")[0]
    ExecService(user.name, CONNECT)

    code, out, _ = user.run("--", *shlex.split(command))

    assert (code, len(plugin.calls())) == (0, 1)
    task = r"task [0-9a-f]{32}"
    assert re.sub(task, "task", out).strip() == re.sub(task, "task", shown).strip()


def test_without_the_plugin_it_says_what_to_install(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    code, out, errors = user.run()

    assert (code, out) == (1, "")
    assert errors.startswith(
        f"✗ session-manager-plugin: not found on the PATH; install it as {session_plugin.PAGE} says."
    )
    assert errors.endswith("`ops run dev -- COMMAND` runs a command in a new task, and `ops logs dev` shows logs\n")


def test_without_the_setting_it_says_what_to_set(user: User, plugin: Plugin) -> None:
    user.settings()

    message = "must be true for ops exec, got false; set it, with readonly_root_filesystem = false"
    assert user.run()[::2] == (1, f"✗ dev.service.ecs_exec: {message}, and run make deploy ENV=dev\n")
    assert plugin.calls() == []


def test_without_a_service_or_its_agent_it_says_so(user: User, plugin: Plugin) -> None:
    assert user.run()[::2] == (1, "✗ dev: is not deployed (Cluster not found.); run make deploy ENV=dev\n")
    ExecService(user.name, CONNECT, enabled=False)

    message = "no running task has a running agent of ECS Exec (agent: none); a task has the agent if it started after"
    assert user.run()[::2] == (1, f"✗ dev: the service: {message} the deployment of dev.service.ecs_exec\n")
    assert plugin.calls() == []


def test_a_task_that_ecs_stops_is_not_chosen() -> None:
    [container] = TASK.containers
    old = replace(TASK, containers=(replace(container, agent="RUNNING"),))
    new = replace(old, id="t2", desired_status="STOPPED")

    assert chosen([new, old], SETTINGS, "")[0] == old
    with pytest.raises(OutsideError, match="task t2: no task is running"):
        chosen([new, old], SETTINGS, "t2")


def test_the_beginning_of_several_ids_is_refused() -> None:
    [container] = TASK.containers
    first = replace(TASK, id="t1", containers=(replace(container, agent="RUNNING"),))
    second = replace(first, id="t2")

    with pytest.raises(OutsideError, match=r"task t: must be the beginning of one id, got the beginning of t2, t1$"):
        chosen([second, first], SETTINGS, "t")
    assert chosen([second, first], SETTINGS, "")[0] == second


def test_a_session_has_no_json(user: User, plugin: Plugin) -> None:
    assert user.run("--json")[::2] == (1, "✗ ops exec: a session has no JSON; leave out --json\n")
    assert plugin.calls() == []


def test_an_agent_that_cannot_connect_is_said(user: User, plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "AGENT_SECONDS", 0.2)
    ExecService(user.name)

    code, _, errors = user.run()

    assert (code, plugin.calls()) == (1, [])
    assert "the agent of ECS Exec is not connected to Session Manager after 0.2 seconds" in errors


def test_a_failed_plugin_is_an_error(user: User, plugin: Plugin) -> None:
    ExecService(user.name, CONNECT)
    plugin.lets("sys.exit(3)")

    assert user.run()[::2] == (1, "✗ session-manager-plugin ended with the exit code 3\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 130)])
def test_ctrl_c_is_for_the_session_and_sigterm_ends_it(number: int, code: int, user: User, plugin: Plugin) -> None:
    """The program in place of the plugin sends the signal to `ops`, and waits."""
    ExecService(user.name, CONNECT)
    plugin.lets(f"os.kill(os.getppid(), {int(number)}); time.sleep({0.3 if code == 0 else 60})")

    assert (user.run()[0], len(plugin.calls())) == (code, 1)


def test_an_assumed_role_gives_the_plugin_its_credentials(user: User, plugin: Plugin) -> None:
    ExecService(user.name, CONNECT)
    clients().role(f"{user.name}-deploy", {"AWS": ACCOUNT})
    user.settings(**ON, role_arn=f"arn:aws:iam::{ACCOUNT}:role/{user.name}-deploy")

    assert user.run()[0] == 0

    [call] = plugin.calls()
    assert call["arguments"][3] == ""
    assert call["environment"]["AWS_ACCESS_KEY_ID"] != os.environ["AWS_ACCESS_KEY_ID"]
    assert call["environment"]["AWS_SESSION_TOKEN"]
