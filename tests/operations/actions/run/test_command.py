"""Tests of `ops run` on the shared local AWS: the output, the exit codes and the refusals."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.actions.run.command import Ran
from operations.system.control.one_off import MOST_CHARACTERS, OneOffTasks
from operations.system.deployed import DeployedEnvironment
from operations.system.tasks import Container, Task
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.roles import session
from tests.support.ops.one_off import none_runs, one_off, with_network
from tests.support.ops.user import ALL, User, documented, section
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

NAME = "ran-dev"
SECTION = "### Run a command in a new task"
AFTERWARDS = {"ecs:StopTask", "ecs:ListTasks"}
"""The documented actions that a run needs only after an interrupt, or if the revision names its image by a tag."""
EXITED = "EssentialContainerExited: Essential container in task exited"


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("run", tmp_path, monkeypatch, capsys, with_network(NAME).name)


def dev() -> Deployed:
    return with_network(NAME)


def newest() -> dict[str, Any]:
    return max(one_off(NAME, "STOPPED"), key=lambda each: each["createdAt"])


def digest() -> str:
    return dev().runs().rpartition("@")[2]


def test_standard_output_has_only_the_output_of_the_command(user: User) -> None:
    code, out, errors = user.run("--", "sh", "-c", 'echo "$DB_NAME $1"; echo two >&2', "sh", "a b")

    assert (code, out) == (0, "app a b\ntwo\n")
    id_ = newest()["taskArn"].rpartition("/")[2][:8]
    command = """sh -c 'echo "$DB_NAME $1"; echo two >&2' sh 'a b'"""
    assert errors.splitlines()[3:6] == [
        f"The image of {NAME}:2 is {digest()}.",
        f"run: runs `{command}` in a new task of {NAME}:2",
        f"task {id_}: PENDING",
    ]
    assert errors.splitlines()[-1] == f"task {id_}: exit code 0. {EXITED}"


def test_the_documented_answer_is_a_real_one(user: User) -> None:
    """The ids and the digest differ. The documented answer also has the line of standard output."""
    [documented_answer] = blocks(section(SECTION), "text")
    command = documented_answer.partition("run: runs `")[2].partition("`")[0]

    code, out, errors = user.run("--", *shlex.split(command))

    def general(lines: list[str]) -> list[str]:
        kept = [line for line in lines if not line.endswith((": PENDING", ": RUNNING"))]
        text = re.sub(r"(task|sha256:)( ?)[0-9a-f]+", r"\1\2ID", "\n".join(kept))
        return re.sub(r"(example-app|ran)-dev:\d+", "REVISION", text).splitlines()

    shown = documented_answer.splitlines()
    at = shown.index(out.rstrip())
    assert general(shown[:at] + shown[at + 1 :]) == general(errors.splitlines())
    assert f"exit code {code}." in shown[-1]


def test_the_task_has_the_revision_and_the_network_of_the_service(user: User) -> None:
    user.run("--", "true")

    task = newest()
    assert task["taskDefinitionArn"] == dev().service()["taskDefinition"]
    assert (task["launchType"], task["platformVersion"]) == ("FARGATE", "1.4.0")
    assert task["startedBy"].startswith("ops-run/")
    assert task["containers"][0]["imageDigest"] == digest()
    assert clients().client("ecs").list_tasks(cluster=NAME, serviceName=NAME)["taskArns"] != []
    assert dev().service()["runningCount"] == 1


def test_the_exit_code_of_the_command_is_returned(user: User) -> None:
    code, out, errors = user.run("--", "sh", "-c", "echo failed; exit 3")

    assert (code, out) == (3, "failed\n")
    assert errors.endswith(f": exit code 3. {EXITED}\n")


def test_a_secret_reaches_the_command_and_ops_does_not_print_it(user: User) -> None:
    """The command prints a hash of the variables, so that the output proves the secret."""
    code, out, errors = user.run("--", "sh", "-c", 'printf "%s" "$DB_USER" | wc -c | tr -d " "')

    assert (code, out) == (0, "3\n")
    assert '"app"' not in errors


def test_with_json_standard_output_has_only_the_answer(user: User) -> None:
    code, out, errors = user.run("--json", "--", "sh", "-c", "echo done; exit 3")

    found = Ran.model_validate_json(out)
    assert (code, found.code, found.revision, found.image) == (3, 3, f"{NAME}:2", digest())
    assert found.command == ["sh", "-c", "echo done; exit 3"]
    times = [found.created, found.started or found.created, found.stopped or found.created]
    assert times == sorted(times)
    assert "\ndone\n" in errors


def test_a_command_keeps_its_own_options_and_dashes(user: User) -> None:
    assert user.run("--", "printf", "%s|", "--json", "--", "-x")[:2] == (0, "--json|--|-x|\n")


def test_control_characters_of_the_output_are_escaped(user: User) -> None:
    assert user.run("--", "printf", r"\033]0;title\007a")[1] == "\\x1b]0;title\\x07a\n"


def test_a_service_without_tasks_can_run_a_command(user: User) -> None:
    ecs = clients().client("ecs")
    ecs.update_service(cluster=NAME, service=NAME, desiredCount=0)
    try:
        assert user.run("--", "echo", "migrated")[:2] == (0, "migrated\n")
    finally:
        ecs.update_service(cluster=NAME, service=NAME, desiredCount=1)


def test_a_command_that_the_image_lacks_does_not_run(user: User) -> None:
    code, out, errors = user.run("--json", "--", "no-such-program")

    assert (code, Ran.model_validate_json(out).code) == (125, None)
    last = errors.splitlines()[-1]
    assert last.startswith("✗ dev: the command did not run. TaskFailedToStart: CannotStartContainerError: ")
    assert 'exec: "no-such-program": executable file not found in $PATH' in last


def test_a_command_that_is_too_long_is_refused_before_the_start(user: User) -> None:
    before = len(one_off(NAME, "STOPPED"))
    empty = len(json.dumps({"containerOverrides": [{"name": "app", "command": ["echo", ""]}]}))

    code, _, errors = user.run("--", "echo", "x" * (MOST_CHARACTERS - empty + 1))

    assert code == 125
    assert errors.splitlines()[-1] == (
        "✗ COMMAND: must need at most 8192 characters of JSON in the request to ECS, got 8193; put the command into a "
        "script of the image"
    )
    assert user.run("--", "true", "x" * (MOST_CHARACTERS - empty))[0] == 0
    assert len(one_off(NAME, "STOPPED")) == before + 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--none", "--", "true"), "unrecognized arguments: --none"),
        (("true", "--", "true"), "unexpected arguments before --: true"),
        (("--json", "--", "echo", "\udcff"), r"the command must be UTF-8, got '\udcff'"),
    ],
)
def test_a_wrong_command_line_has_the_code_125(options: tuple[str, ...], said: str, user: User) -> None:
    with pytest.raises(SystemExit) as ended:
        user.run(*options)

    assert ended.value.code == 125
    assert said in user.capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("--",)])
def test_a_missing_command_has_the_code_125(options: tuple[str, ...], user: User) -> None:
    said = "COMMAND: required after --, as in `ops run dev -- python manage.py migrate`"

    assert user.run(*options) == (125, "", f"✗ {said}\n")


def test_an_empty_account_and_wrong_settings_have_the_code_125(user: User) -> None:
    user.name = "run-none-dev"
    user.settings()
    code, out, errors = user.run("--", "true")

    assert (code, out) == (125, "")
    assert "✗ dev: the service run-none-dev does not exist; run make deploy ENV=dev" in errors
    clients().client("ecs").create_cluster(clusterName=user.name)  # the deployment has not reached the service
    assert user.run("--", "true")[0] == 125
    user.settings(region="nowhere")
    assert user.run("--", "true")[0] == 125


def test_another_region_has_no_service(user: User) -> None:
    user.settings(region="eu-west-1")

    code, _, errors = user.run("--", "true")

    assert code == 125
    assert errors.splitlines()[-1] == f"✗ dev: the service {NAME} does not exist; run make deploy ENV=dev"


def test_refused_credentials_have_the_code_125(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")

    code, out, errors = user.run("--", "true")

    assert (code, out, errors.count("\n")) == (125, "", 1)
    assert errors.startswith("✗ credentials: AWS does not accept the credentials")


def test_a_deployment_in_progress_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    running = DeployedEnvironment.running
    monkeypatch.setattr(DeployedEnvironment, "running", lambda self: replace(running(self), in_progress=True))

    code, _, errors = user.run("--", "true")

    assert code == 0
    assert f"\nThe deployment of {NAME}:2 is in progress.\n" in errors


def test_an_exit_without_a_code_is_not_taken_for_success(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fargate can lose the host of a task. The container then has no exit code, but the command ran."""
    found = OneOffTasks.find

    def lost(self: OneOffTasks, task: str) -> Task | None:
        seen = found(self, task)
        if seen and seen.status == "STOPPED":
            return Task(**vars(seen) | {"containers": (Container("app", None, None, "Host EC2 terminated."),)})
        return seen

    monkeypatch.setattr(OneOffTasks, "find", lost)

    code, _, errors = user.run("--", "true")

    assert code == 125
    assert errors.endswith(f"the command ran, but has no exit code. {EXITED} Host EC2 terminated.\n")


def test_each_permission_is_needed_and_named_before_the_start(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(*rights: dict[str, Any]) -> tuple[int, str]:
        key = session(clients().local, "ops-runner", *rights)
        for name, value in clients().local.variables(key).items():
            monkeypatch.setenv(name, value)
        code, _, errors = user.run("--", "true")
        return code, errors.splitlines()[-1]

    assert documented(SECTION) >= AFTERWARDS
    needed = sorted(documented(SECTION) - AFTERWARDS)
    assert said({"Effect": "Allow", "Action": needed, "Resource": "*"})[0] == 0
    before = len(one_off(NAME, "STOPPED"))
    for action in needed:
        denied = {"Effect": "Deny", "Action": action, "Resource": "*"}
        assert said(ALL, denied) == (125, f"✗ dev: the credentials lack the permission {action}")
    assert len(one_off(NAME, "STOPPED")) == before
    none_runs(NAME)
