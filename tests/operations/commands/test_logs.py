"""Tests of `ops logs`: of the service, builds and the database, while following, and with denied permissions."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws.ecs.deployments import FAILURES_AT_ONCE
from operations import command
from operations.clients import Clients
from operations.commands import logs
from operations.commands.log_line import LogLine
from operations.sessions import session as aws_session
from operations.system.deployed import DeployedEnvironment
from operations.system.logs.sources import LogSources
from operations.system.logs.streams import Streams
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, TIMEOUT_SECONDS, clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.localaws.roles import session
from tests.support.ops.user import ALL, User, documented, section
from tests.support.synthesized import ROOT
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

SECTION = "### Logs"

ACTIONS = {
    (): {"ecs:DescribeServices", "ecs:DescribeTaskDefinition", "logs:FilterLogEvents"},
    ("build",): {"codepipeline:GetPipeline", "codebuild:BatchGetProjects", "logs:FilterLogEvents"},
    ("database",): {"rds:DescribeDBInstances", "logs:FilterLogEvents"},
    ("--previous",): {"ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeTaskDefinition", "logs:FilterLogEvents"},
}
"""The actions with which each log is read."""

EXPORTED = {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["postgresql"]}}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("logs", tmp_path, monkeypatch, capsys)


def written(group: str, stream: str, *lines: str, at: datetime | None = None) -> None:
    """Write lines to a log stream, all at the same time."""
    client = clients().client("logs")
    for create, names in (
        (client.create_log_group, {"logGroupName": group}),
        (client.create_log_stream, {"logGroupName": group, "logStreamName": stream}),
    ):
        with suppress(client.exceptions.ResourceAlreadyExistsException):
            create(**names)
    milliseconds = round((at or datetime.now(UTC)).timestamp() * 1000)
    events = [{"timestamp": milliseconds, "message": line} for line in lines]
    client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def running(dev: Deployed) -> str:
    """Wait for the task of the service, and return its id."""
    ecs = clients().client("ecs")

    def found() -> str | None:
        [arn] = ecs.list_tasks(cluster=dev.name, serviceName=dev.name)["taskArns"]
        [task] = ecs.describe_tasks(cluster=dev.name, tasks=[arn])["tasks"]
        return str(arn.rpartition("/")[2]) if task["lastStatus"] == "RUNNING" else None

    return until(found, TIMEOUT_SECONDS, "no task runs")


def failed_image(dev: Deployed, *lines: str, **how: Any) -> str:
    """Deploy an image whose containers exit after they have written lines. Return the id of the last stopped task.

    ECS then waits before it starts the next task.
    """
    ecs = clients().client("ecs")
    definition = dev.task_definition()
    app, *others = definition["containerDefinitions"]
    members = ("family", "executionRoleArn", "requiresCompatibilities", "networkMode", "cpu", "memory", "volumes")
    image = f"{dev.name}-fails"
    clients().local.let_containers_fail(image, log=lines, **how)
    revision = ecs.register_task_definition(
        **{name: definition[name] for name in members}, containerDefinitions=[app | {"image": image}, *others]
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=dev.name, service=dev.name, taskDefinition=revision)

    def stopped() -> str | None:
        arns = ecs.list_tasks(cluster=dev.name, serviceName=dev.name, desiredStatus="STOPPED")["taskArns"]
        tasks = ecs.describe_tasks(cluster=dev.name, tasks=arns)["tasks"] if arns else []
        failed = [task for task in tasks if task["taskDefinitionArn"] == revision]
        last = max(failed, key=lambda task: task["stoppedAt"], default=None)
        return last["taskArn"].rpartition("/")[2] if last and len(failed) == FAILURES_AT_ONCE else None

    return until(stopped, TIMEOUT_SECONDS, "no task has stopped")


def test_the_log_of_the_service_is_shown_without_its_escape_sequences(user: User) -> None:
    id_ = running(user.deploy())
    at = datetime.now(UTC)
    written("tasks", f"app/app/{id_}", "\x1b[31mstarted\x1b[0m", "\x1b]0;title\x07", "x" * 200, at=at)
    written("tasks", f"proxy/app/{id_}", "of another container")

    code, out, errors = user.run()

    assert code == 0
    assert errors.splitlines()[0] == f"dev: account {ACCOUNT}, region {REGION}"
    assert errors.splitlines()[1].startswith(f"arn:aws:sts::{ACCOUNT}:")
    own = [line for line in out.splitlines() if f"  {id_[:8]}  " in line]
    prefix = f"{at:%Y-%m-%d %H:%M:%S}  {id_[:8]}  "
    assert own[-3:] == [f"{prefix}started", f"{prefix}\\x1b]0;title\\x07", f"{prefix}{'x' * 200}"]
    assert "another container" not in out
    assert "\x1b" not in out + errors


def test_the_log_begins_at_a_time_and_is_filtered(user: User) -> None:
    dev = user.deploy()
    stream, now = f"app/app/{running(dev)}", datetime.now(UTC)
    written("tasks", stream, "old ERROR", at=now - timedelta(hours=2))
    written("tasks", stream, "new ERROR", "new WARN")

    def shown(*options: str) -> list[str]:
        code, out, _ = user.run("--filter", f"?ERROR ?{stream[-8:]}", *options)
        assert code == 0
        return [line[31:] for line in out.splitlines()]

    assert shown()[-1:] == ["new ERROR"]
    assert [line for line in shown("--since", "3h") if "ERROR" in line] == ["old ERROR", "new ERROR"]
    begin = (now - timedelta(hours=3)).isoformat(timespec="seconds")
    assert "old ERROR" in shown("--since", begin)


def test_the_json_has_a_line_for_each_event(user: User) -> None:
    id_ = running(user.deploy())
    written("tasks", f"app/app/{id_}", "one", "two\x1b[0m")

    code, out, errors = user.run("--json")

    assert (code, errors) == (0, "")
    lines = [LogLine.model_validate_json(line) for line in out.splitlines()]
    own = [(each.log, each.text) for each in lines if each.source == id_]
    assert own[1:] == [("service", "one"), ("service", "two\x1b[0m")]


def test_the_log_of_the_builds_is_shown(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    [build] = clients().client("codebuild").list_builds_for_project(projectName=dev.name)["ids"]

    code, out, _ = user.run("build")

    assert code == 0
    assert {line[21:29] for line in out.splitlines()} == {build.partition(":")[2][:8]}
    assert "imagedefinitions.json" in out


def test_the_log_of_the_database_is_shown_if_it_is_exported(user: User) -> None:
    dev = user.deploy()

    code, out, errors = user.run("database")
    assert (code, out) == (3, "")
    assert errors.splitlines()[-1] == "✗ dev: the database writes no logs to CloudWatch; run make diff ENV=dev"

    clients().client("rds").modify_db_instance(DBInstanceIdentifier=dev.name, **EXPORTED)
    code, out, errors = user.run("database")
    assert (code, out) == (0, "")
    assert re.search(rf"no lines since .* in the log group /aws/rds/instance/{dev.name}/postgresql", errors)

    written(f"/aws/rds/instance/{dev.name}/postgresql", f"{dev.name}.0", "LOG:  checkpoint starting")
    code, out, _ = user.run("database")
    assert (code, out[21:]) == (0, f"{dev.name}.0  LOG:  checkpoint starting\n")


def test_the_log_of_the_task_that_stopped_last_has_its_reasons(user: User) -> None:
    dev = user.deploy()
    failed = failed_image(dev, "\x1b[31mFATAL\x1b[0m no database", exit_code=3)

    code, out, errors = user.run("--previous")

    assert code == 0
    assert [line[21:] for line in out.splitlines()] == [f"{failed[:8]}  FATAL no database"]
    heading = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>", errors).splitlines()[2:]
    assert heading == [
        f"task {failed[:8]} of {dev.name}:2 stopped <time> UTC",
        "EssentialContainerExited: Essential container in task exited",
        "container app: exit code 3",
        "container proxy: exit code 0",
    ]
    [shown] = blocks(section(SECTION), "text")
    assert [line.split()[0] for line in shown.splitlines()[2:6]] == [line.split()[0] for line in heading]
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  [0-9a-f]{8}  ", line) for line in shown.splitlines()[6:])


def test_a_container_without_enough_memory_is_named(user: User) -> None:
    failed_image(user.deploy(), out_of_memory=True)

    code, out, errors = user.run("--previous")

    assert (code, out) == (0, "")
    assert "container app: exit code 137 (OutOfMemoryError: Container killed due to memory usage)" in errors
    assert errors.splitlines()[-1] == "the container has no lines in CloudWatch Logs"


def test_the_last_lines_of_a_task_and_of_a_build(user: User) -> None:
    """Commands that explain a failure read these lines."""
    dev = user.deploy()
    dev.deliver(b"one")
    failed = failed_image(dev, "one", "two", "three", exit_code=1)
    settings = command.settings("dev")
    reader = DeployedEnvironment(settings, Clients(aws_session(settings, "tests")))
    [build] = clients().client("codebuild").list_builds_for_project(projectName=dev.name)["ids"]
    [task] = [each for each in reader.tasks() if each.id == failed]

    found = reader.log_sources.last_of_task(task, 2)
    assert [(each.source, each.text) for each in found] == [(failed, "two"), (failed, "three")]
    whole = reader.log_sources.last_of_build(build, 1000)
    assert len(whole) > 2
    assert reader.log_sources.last_of_build(build, 2) == whole[-2:]
    assert reader.log_sources.last_of_build(f"{dev.name}:00000000-0000-0000-0000-000000000000", 2) == []


def test_without_a_stopped_task_there_is_one_line(user: User) -> None:
    user.deploy()

    code, out, errors = user.run("--previous")

    assert (code, out) == (0, "")
    assert errors.splitlines()[2:] == ["no task has stopped lately: ECS shows a stopped task for about an hour"]


def test_a_malformed_filter_is_one_message(user: User) -> None:
    user.deploy()

    code, out, errors = user.run("--filter", "user@example.com", "--json")

    assert (code, out, errors.count("\n")) == (1, "", 1)
    message = "Invalid filter pattern: Invalid character(s) in term 'user@example.com'"
    assert errors == f"✗ --filter: CloudWatch Logs does not accept the pattern ({message}); see {logs.SYNTAX}\n"


@pytest.mark.parametrize(
    "options", [["build", "--previous"], ["--previous", "--follow"], ["--previous", "--since", "1h"]]
)
def test_the_previous_task_is_one_of_the_service(user: User, options: list[str]) -> None:
    code, out, errors = user.run(*options)

    assert (code, out) == (1, "")
    assert errors == "✗ --previous: shows a task of the service, without --since and --follow\n"


@pytest.mark.parametrize(
    "text", ["10", "10s", "-1h", "9999999d", "999999d", "2999-01-01", "yesterday", "\N{ARABIC-INDIC DIGIT ONE}h"]
)
def test_a_wrong_time_is_refused(user: User, text: str) -> None:
    with pytest.raises(SystemExit) as ended:
        user.run(f"--since={text}")
    assert ended.value.code == 1
    assert "--since: must be a time in the past, as 10m, 2h, 1d or 2026-01-31T09:00" in user.capsys.readouterr().err


def test_the_documented_actions_are_used_and_each_denial_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    dev = user.deploy()
    clients().client("rds").modify_db_instance(DBInstanceIdentifier=dev.name, **EXPORTED)
    failed_image(dev, "failed", exit_code=1)
    local = clients().local

    def run(options: tuple[str, ...], *rights: Mapping[str, object]) -> tuple[int, str]:
        key = session(local, "logs-user", *(dict(right) for right in rights))
        for name, value in local.variables(key).items():
            monkeypatch.setenv(name, value)
        code, _, errors = user.run(*options)
        return code, errors.splitlines()[-1]

    assert documented(SECTION) == set().union(*ACTIONS.values())
    for options, actions in ACTIONS.items():
        before = len(local.decisions())
        assert run(options, {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"})[0] == 0
        made = [each for each in local.decisions()[before:] if each["principal"].endswith("role/logs-user")]
        assert {each["action"] for each in made} - {"sts:GetCallerIdentity"} == actions
        for action in actions:
            code, message = run(options, ALL, {"Effect": "Deny", "Action": action, "Resource": "*"})
            log = options[0] if options and options[0] in ("build", "database") else "service"
            denied = f"✗ dev: the {log} log was not read: the credentials lack the permission {action}"
            assert (code, message) == (3, denied)


@pytest.mark.parametrize(
    ("log", "part"), [("service", "service"), ("build", "is not deployed"), ("database", "database")]
)
def test_in_an_empty_account_there_is_one_message(user: User, log: str, part: str) -> None:
    code, out, errors = user.run(log, "--json")

    assert (code, out, errors.count("\n")) == (3, "", 1)
    assert part in errors
    assert errors.endswith("run make deploy ENV=dev\n")


def test_a_service_without_a_pipeline_and_a_log_group_has_no_lines(user: User) -> None:
    ecs, options = clients().client("ecs"), {"awslogs-group": user.name, "awslogs-region": REGION}
    logged = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
    ecs.create_cluster(clusterName=user.name)
    ecs.register_task_definition(
        family=user.name, containerDefinitions=[{"name": "app", "image": "app", "memory": 8} | logged]
    )
    ecs.create_service(cluster=user.name, serviceName=user.name, taskDefinition=user.name, desiredCount=0)

    code, out, errors = user.run("--json")
    assert (code, out, errors.count("\n")) == (0, "", 1)
    assert errors.startswith("no lines since ")

    code, out, errors = user.run("build", "--json")
    assert (code, out, errors.count("\n")) == (3, "", 1)
    assert errors.startswith("✗ dev: is not deployed (")


def test_another_region_has_no_log(user: User) -> None:
    user.deploy()
    user.settings(region="eu-west-1")

    code, out, errors = user.run()

    assert (code, out) == (3, "")
    assert errors.splitlines()[-1] == f"✗ dev: the service {user.name} does not exist; run make deploy ENV=dev"


def test_without_credentials_there_is_one_message(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)

    code, out, errors = user.run()

    assert (code, out, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("✗ credentials: there are no AWS credentials")


def test_an_answer_that_is_not_from_aws_is_one_message(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore reads a page of a proxy as an answer without members."""

    def unreadable(_: LogSources) -> Streams:
        raise KeyError("services")

    monkeypatch.setattr(LogSources, "service", unreadable)

    code, out, errors = user.run()

    assert (code, out) == (3, "")
    assert errors.endswith("✗ dev: the service log was not read: the answer was unexpected (KeyError: 'services')\n")


def test_in_the_middle_of_a_deployment_the_running_build_is_shown(user: User, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    dev = user.deploy(buildspec=held_until_there_is(go_on))
    pushed = push_image(clients().client("ecr"), dev.name, "latest", b"one")
    delivery = dev.delivery(**{"image-digest": pushed, "image-tag": "latest", "action-type": "PUSH"})
    try:
        code, _, errors = user.run("build")
        assert (code, "Traceback" in errors) == (0, False)
        assert user.run()[0] == 0
    finally:
        go_on.touch()
    dev.over(delivery["targets"][0]["started"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_following_shows_new_lines_until_a_signal(user: User, number: signal.Signals, code: int) -> None:
    """Lines with the same time are shown one time each, also those that appear later."""
    id_, at = running(user.deploy()), datetime.now(UTC)
    written("tasks", f"app/app/{id_}", "first", at=at)
    run = [sys.executable, "-m", "operations", "logs", "dev", "--follow", "--json"]
    with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        seen: list[str] = []
        for more in ((), ("second", "third"), ("fourth",)):
            if more:
                written("tasks", f"app/app/{id_}", *more, at=at)
            while not seen or seen[-1] != (more or ("first",))[-1]:
                line = json.loads(process.stdout.readline())
                seen += [line["text"]] if line["source"] == id_ else []
        time.sleep(2 * 2.0)  # two polls, which must show nothing again
        process.send_signal(number)
        out, errors = process.communicate(timeout=TIMEOUT_SECONDS)

    assert seen[1:] == ["first", "second", "third", "fourth"]
    assert (process.returncode, out, errors) == (code, "", "✗ interrupted\n")


def test_a_closed_pipe_ends_the_program(user: User) -> None:
    dev = user.deploy()
    written("tasks", f"app/app/{running(dev)}", *(["line"] * 1000))
    run = f"{sys.executable} -m operations logs dev | head -1; exit ${{PIPESTATUS[0]}}"

    ended = subprocess.run(["bash", "-c", run], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout.count("\n"), "Traceback" in ended.stderr) == (141, 1, False)
