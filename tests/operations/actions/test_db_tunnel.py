"""Tests of `ops db-tunnel` on the shared local AWS, with a program in place of the Session Manager plugin."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.actions import db_tunnel
from operations.system.control.one_off import OneOffTasks
from operations.system.tasks import Task
from tests.support.localaws.aws_pipeline import REGION, clients
from tests.support.localaws.ecs.exec_service import CONNECT, ExecService
from tests.support.ops.one_off import none_runs, one_off
from tests.support.ops.plugin import RESPONSE, Plugin, free_port
from tests.support.ops.user import User, section
from tests.test_docs import blocks

ON = {"service": {"readonly_root_filesystem": False, "ecs_exec": True}}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    made = User.of("db-tunnel", tmp_path, monkeypatch, capsys)
    made.settings(**ON)
    return made


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    return Plugin.install(tmp_path, monkeypatch)


def deploy(user: User) -> tuple[ExecService, dict[str, Any]]:
    """Create the service and the database, and return both, the database as RDS describes it."""
    service = ExecService(user.name, CONNECT)
    rds = clients().client("rds")
    size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    rds.create_db_instance(
        DBInstanceIdentifier=user.name, MasterUsername="owner", ManageMasterUserPassword=True, **size
    )
    return service, rds.describe_db_instances(DBInstanceIdentifier=user.name)["DBInstances"][0]


def test_it_leads_to_another_instance(user: User, plugin: Plugin) -> None:
    """The password is that of this instance."""
    deploy(user)
    size = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    restored = {"DBInstanceIdentifier": f"{user.name}-restored", "MasterUsername": "owner", **size}
    database = clients().client("rds").create_db_instance(ManageMasterUserPassword=True, **restored)["DBInstance"]

    code, out, errors = user.run("--port", free_port(), "--instance", f"{user.name}-restored")

    assert (code, errors) == (0, "")
    assert f"{database['Endpoint']['Address']}:{database['Endpoint']['Port']}\n" in out
    assert database["MasterUserSecret"]["SecretArn"] in out
    [call] = plugin.calls()
    assert database["Endpoint"]["Address"] in json.dumps(call)


def test_a_missing_instance_is_named(user: User, plugin: Plugin) -> None:
    deploy(user)

    code, _, errors = user.run("--port", free_port(), "--instance", "lost")

    assert (code, errors) == (1, f"✗ lost: no database instance in {REGION} has this identifier\n")
    assert plugin.calls() == []


def test_it_forwards_the_port_and_stops_the_task(user: User, plugin: Plugin) -> None:
    """The task sleeps for the time limit. No line has the password."""
    (_, database), port = deploy(user), free_port()
    endpoint = database["Endpoint"]
    plugin.lets("time.sleep(0.2)")

    code, out, errors = user.run("--port", port, "--minutes", "5")

    assert (code, errors) == (0, "")
    none_runs(user.name)
    [task] = one_off(user.name, "STOPPED")
    id_, secret = task["taskArn"].rpartition("/")[2], database["MasterUserSecret"]["SecretArn"]
    password = f"aws secretsmanager get-secret-value --region {REGION} --secret-id '{secret}'"
    forwards = f"forwards port {port} of this machine to {endpoint['Address']}:{endpoint['Port']}"
    assert out.splitlines()[3:] == [
        f"db-tunnel: starts a task of {user.name}:1 for at most 5 minutes, and {forwards}",
        f"The task {id_} starts. This can take a minute.",
        f"To connect: psql 'host=127.0.0.1 port={port} dbname=app user=owner sslmode=require'",
        f"The password: {password} --query SecretString --output text",
        "Ctrl-C ends the session and stops the task.",
        f"ECS stops the task {id_}.",
    ]
    assert task["overrides"]["containerOverrides"] == [{"name": "app", "command": ["sleep", "300"]}]
    assert (task["startedBy"][:14], task["stoppedReason"]) == ("ops-db-tunnel/", "ops db-tunnel has ended")
    [call] = plugin.calls()
    assert json.loads(call["arguments"][4]) == {
        "Target": f"ecs:{user.name}_{id_}_{task['containers'][0]['runtimeId']}",
        "DocumentName": "AWS-StartPortForwardingSessionToRemoteHost",
        "Parameters": {"host": [endpoint["Address"]], "portNumber": [str(endpoint["Port"])], "localPortNumber": [port]},
    }


def test_the_documented_answer_is_a_real_one(user: User, plugin: Plugin) -> None:
    """The names, the ids, the host and the port differ."""
    [shown] = blocks(section("### Connect to the database"), "text")
    deploy(user)
    port = free_port()

    code, out, _ = user.run("--port", port)

    def general(text: str) -> str:
        text = text.replace("example-app-dev", user.name).replace(port, "5432")
        text = re.sub(r"[0-9a-f]{32}", "ID", text)
        return re.sub(r"(rds!db-)[\w-]+|(?<= to )\S+\.rds\.amazonaws\.com", r"\1", text).strip()

    assert (code, len(plugin.calls())) == (0, 1)
    assert general(out) == general(shown)


def test_it_calls_the_plugin_as_the_aws_cli_does(user: User, plugin: Plugin) -> None:
    """The CLI gets the target of a task of the service, because it starts no task."""
    service, _ = deploy(user)
    port = free_port()
    user.run("--port", port)
    [own] = plugin.calls()
    request = json.loads(own["arguments"][4])
    target = service.target()
    parameters = ",".join(f"{name}={value}" for name, [value] in request["Parameters"].items())
    cli = ["ssm", "start-session", "--target", target, "--document-name", request["DocumentName"]]

    subprocess.run(
        [Path(sys.executable).with_name("aws"), *cli, "--parameters", parameters, "--region", REGION],
        check=True,
        capture_output=True,
    )

    [original] = plugin.calls()
    assert own["arguments"][0] == RESPONSE
    assert own["arguments"][4].replace(request["Target"], target) == original["arguments"][4]
    assert own["arguments"][:4] == original["arguments"][:4]
    assert own["arguments"][5:] == original["arguments"][5:]
    assert [list(json.loads(each["environment"][RESPONSE])) for each in (own, original)] == [
        ["SessionId", "TokenValue", "StreamUrl"]
    ] * 2


def test_an_old_plugin_gets_the_session_as_an_argument(user: User, plugin: Plugin) -> None:
    """As from the AWS CLI."""
    deploy(user)
    plugin.lets("pass", version="1.2.497.0")

    assert user.run("--port", free_port())[0] == 0

    [call] = plugin.calls()
    assert list(json.loads(call["arguments"][0])) == ["SessionId", "TokenValue", "StreamUrl"]
    assert RESPONSE not in call["environment"]


def at_start(patch: pytest.MonkeyPatch, number: int) -> None:
    """Let a signal arrive before the answer of RunTask."""
    start = OneOffTasks.start

    def interrupted(self: OneOffTasks, *arguments: Any, **options: Any) -> Task:
        task = start(self, *arguments, **options)
        signal.raise_signal(number)
        return task

    patch.setattr(OneOffTasks, "start", interrupted)


def while_it_waits(patch: pytest.MonkeyPatch, number: int) -> None:
    """Let a signal arrive while the command waits for the agent."""
    patch.setattr(db_tunnel, "until", lambda *_, **__: signal.raise_signal(number))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("interrupt", [at_start, while_it_waits])
def test_a_signal_before_the_session_stops_the_task(
    interrupt: Callable[[pytest.MonkeyPatch, int], None],
    number: int,
    user: User,
    plugin: Plugin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deploy(user)
    interrupt(monkeypatch, number)

    code, out, _ = user.run("--port", free_port())

    assert (code, plugin.calls()) == (130, [])
    assert "ECS stops the task " in out
    none_runs(user.name)


def test_sigterm_in_the_session_ends_the_plugin_and_stops_the_task(user: User, plugin: Plugin) -> None:
    """The program in place of the plugin sends the signal to `ops`."""
    deploy(user)
    plugin.lets("os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)")

    code, out, _ = user.run("--port", free_port())

    assert (code, len(plugin.calls())) == (130, 1)
    assert "ECS stops the task " in out
    none_runs(user.name)


def test_a_task_that_cannot_be_stopped_is_said(user: User, plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(user)
    error = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized to perform: ecs:StopTask because"}}

    def denied(*_: object) -> None:
        raise ClientError(error, "StopTask")  # type: ignore[arg-type] # the answer lacks its metadata

    monkeypatch.setattr(OneOffTasks, "stop", denied)
    code, out, _ = user.run("--port", free_port())

    assert (code, len(plugin.calls())) == (2, 1)
    assert "was not stopped: the credentials lack the permission ecs:StopTask. It stops at its time limit." in out
    assert f"To stop it now: aws ecs stop-task --region {REGION} --cluster {user.name} --task " in out
    [task] = one_off(user.name)
    clients().client("ecs").stop_task(cluster=user.name, task=task["taskArn"])


def test_a_task_that_does_not_start_is_said(user: User, plugin: Plugin) -> None:
    deploy(user)
    task_role = f"{user.name}-task"
    clients().client("iam").delete_role_policy(RoleName=task_role, PolicyName="rights")
    clients().client("iam").delete_role(RoleName=task_role)

    code, _, errors = user.run("--port", free_port())

    assert (code, plugin.calls()) == (1, [])
    assert "stopped before the session began: ECS was unable to assume the role" in errors


def test_what_is_missing_is_said(user: User, plugin: Plugin) -> None:
    user.settings()
    assert "dev.service.ecs_exec: must be true for ops db-tunnel, got false" in user.run()[2]
    user.settings(**ON)
    assert user.run("--json")[2] == "✗ ops db-tunnel: a session has no JSON; leave out --json\n"
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]
        message = "of this machine cannot be used (Address already in use); name another port with --port"
        assert user.run("--port", str(port))[2] == f"✗ port {port} {message}\n"
    message = f"the database {user.name} does not exist; run make deploy ENV=dev"
    assert user.run("--port", free_port())[2] == f"✗ dev: {message}\n"
    assert plugin.calls() == []


@pytest.mark.parametrize("option", [("--port", "0"), ("--port", "x"), ("--minutes", "721"), ("--minutes", "0")])
def test_a_wrong_number_is_refused(option: tuple[str, str], user: User) -> None:
    with pytest.raises(SystemExit):
        user.run(*option)

    assert "must be a number from 1 to " in user.capsys.readouterr().err
