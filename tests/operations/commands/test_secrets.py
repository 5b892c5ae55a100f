"""Tests of `ops secrets`: secrets and parameters that exist, that are deleted and that are missing, without values."""

from pathlib import Path

import pytest

from operations.commands import secrets
from operations.commands.secrets import ListedSecret, Secrets
from operations.system.secrets import Reference
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, TASK_DEFINITION, clients
from tests.support.ops.user import User, check_actions, documented, section
from tests.test_docs import blocks

SECTION = "### Which secrets feed which variables"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/db-Ab12Cd"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("secrets", tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("value_from", "seen"),
    [
        (ARN, (ARN, "", "", False, "shop/db")),
        (f"{ARN}:user::", (ARN, "user", "", False, "shop/db")),
        (f"{ARN}:user:AWSPREVIOUS:", (ARN, "user", "AWSPREVIOUS", False, "shop/db")),
        (f"{ARN}:::0123", (ARN, "", "0123", False, "shop/db")),
        (f"{PARAMETER}/shop/dsn", (f"{PARAMETER}/shop/dsn", "", "", True, "/shop/dsn")),
        (f"{PARAMETER}/dsn", (f"{PARAMETER}/dsn", "", "", True, "dsn")),
        ("/shop/dsn", ("/shop/dsn", "", "", True, "/shop/dsn")),
    ],
    ids=["secret", "key", "stage", "version", "parameter", "parameter without a path", "name"],
)
def test_a_reference_names_its_source(value_from: str, seen: tuple[object, ...]) -> None:
    found = Reference.read("KEY", value_from)

    assert (found.source, found.json_key, found.version, found.is_parameter, found.name) == seen


def service(user: User) -> dict[str, str]:
    """Deploy a service whose container has a secret and a parameter, and return the sources by their variables."""
    secret = clients().client("secretsmanager").create_secret(Name=f"{user.name}/db", SecretString='{"key": "hush"}')
    clients().client("ssm").put_parameter(Name=f"/{user.name}/dsn", Value="hush", Type="SecureString")
    sources = {"KEY": f"{secret['ARN']}:key::", "DSN": f"{PARAMETER}/{user.name}/dsn"}
    container = {"name": "app", "image": "app", "secrets": [{"name": n, "valueFrom": v} for n, v in sources.items()]}
    role = clients().role(f"{user.name}-execution", {"Service": "ecs-tasks.amazonaws.com"})
    ecs = clients().client("ecs")
    ecs.create_cluster(clusterName=user.name)
    ecs.register_task_definition(
        family=user.name, **(TASK_DEFINITION | {"executionRoleArn": role, "containerDefinitions": [container]})
    )
    ecs.create_service(
        cluster=user.name, serviceName=user.name, taskDefinition=user.name, desiredCount=1, launchType="FARGATE"
    )
    return sources


def listed(user: User) -> tuple[int, Secrets, dict[str, ListedSecret]]:
    code, found = user.answer(Secrets)
    return code, found, {each.variable: each for each in found.secrets or []}


@pytest.mark.slow
def test_each_variable_has_its_source_and_never_its_value(user: User) -> None:
    service(user)
    clients().client("secretsmanager").rotate_secret(SecretId=f"{user.name}/db")

    code, _, found = listed(user)

    assert (code, list(found)) == (0, ["DSN", "KEY"])
    dsn, key = found.values()
    assert (dsn.kind, dsn.name, dsn.json_key, dsn.state) == ("parameter", f"/{user.name}/dsn", "", "exists")
    assert (key.kind, key.name, key.json_key, key.state) == ("secret", f"{user.name}/db", "key", "exists")
    assert [bool(each.changed) for each in (dsn, key)] == [True, True]
    assert (dsn.rotated, key.rotated is None) == (None, False)
    outputs = user.run()[1] + user.run("--json")[1]
    assert "hush" not in outputs
    assert max(map(len, user.run()[1].splitlines())) <= 80


@pytest.mark.slow
def test_a_deleted_secret_and_a_missing_parameter_are_unusual(user: User) -> None:
    service(user)
    clients().client("secretsmanager").delete_secret(SecretId=f"{user.name}/db", RecoveryWindowInDays=7)
    clients().client("ssm").delete_parameter(Name=f"/{user.name}/dsn")

    code, answer, found = listed(user)

    assert (code, found["KEY"].state, found["DSN"].state) == (2, "deleted", "missing")
    deleted = found["KEY"].deleted
    assert deleted
    assert answer.unusual == [
        f"parameter /{user.name}/dsn: it does not exist, so no new task can start",
        f"secret {user.name}/db: it is scheduled for deletion ({deleted:%Y-%m-%d}), so no new task can start",
    ]
    clients().client("secretsmanager").delete_secret(SecretId=f"{user.name}/db", ForceDeleteWithoutRecovery=True)
    assert listed(user)[2]["KEY"].state == "missing"


@pytest.mark.slow
def test_the_documented_actions_are_used_and_each_denial_is_named(user: User) -> None:
    service(user)
    missing = {
        "ecs:DescribeServices": ["variables"],
        "ecs:DescribeTaskDefinition": ["variables"],
        "secretsmanager:DescribeSecret": [f"secret {user.name}/db"],
        "ssm:DescribeParameters": [f"parameters in {REGION}"],
    }

    check_actions(secrets.read, documented(SECTION), missing)


def test_an_answer_is_documented() -> None:
    [shown] = blocks(section(SECTION), "text")

    assert shown.splitlines()[3].split()[:5] == ["variable", "secret", "or", "parameter", "JSON"]


@pytest.mark.slow
def test_an_empty_account_has_no_secrets(user: User) -> None:
    code, found = user.answer(Secrets)

    assert (code, found.secrets, [each.part for each in found.not_read]) == (3, None, ["variables"])
