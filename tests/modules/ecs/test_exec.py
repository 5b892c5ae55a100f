"""The sessions of ECS Exec. The production of the tests has them, and a key."""

import pytest

from tests.support.synthesized import DEV, KEY, Json, Stack, System, system

TARGETS = {"kms:EncryptionContext:aws:ssm:TargetId": ["ecs:shop-prod_*"]}
STATEMENTS: list[Json] = [
    {
        "Sid": "OpenSessions",
        "Effect": "Allow",
        "Action": [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenDataChannel",
        ],
        "Resource": ["*"],
    },
    {"Sid": "FindSessionLog", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
    {
        "Sid": "WriteSessionLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": ["${aws_cloudwatch_log_group.service_exec_logs.arn}:*"],
    },
]


@pytest.fixture(scope="module")
def without_key(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Return the main stack of the article's system with ECS Exec, without a key."""
    service = DEV.service.model_copy(update={"readonly_root_filesystem": False, "ecs_exec": True})
    settings = DEV.model_copy(update={"service": service})
    return system(tmp_path_factory.mktemp("without_key"), settings)["dev-main"]


def of_sessions(stack: Stack) -> list[Json]:
    """Return the statements of the task role about sessions. The role can have others, for other resources."""
    own = {*(each["Sid"] for each in STATEMENTS), "DecryptSessions"}
    return [each for each in stack.statements("service_task_role") if each["Sid"] in own]


def exec_of(stack: Stack) -> Json:
    found: Json = stack.resource("aws_ecs_cluster")["configuration"]["execute_command_configuration"]
    return found


def test_sessions_have_their_own_log_group(without_key: Stack) -> None:
    assert without_key.resources("aws_cloudwatch_log_group")["service_exec_logs"] == {
        "name": "/ecs/example-app-dev/exec",
        "retention_in_days": 30,
    }
    assert exec_of(without_key) == {
        "logging": "OVERRIDE",
        "log_configuration": {
            "cloud_watch_log_group_name": "${aws_cloudwatch_log_group.service_exec_logs.name}",
            "cloud_watch_encryption_enabled": False,
        },
    }


def test_the_agent_opens_sessions_and_writes_their_log(without_key: Stack) -> None:
    assert of_sessions(without_key) == STATEMENTS


def test_a_key_encrypts_the_sessions_and_their_log(prod: System) -> None:
    stack = prod["prod-main"]

    assert exec_of(stack) == {
        "logging": "OVERRIDE",
        "kms_key_id": KEY,
        "log_configuration": {
            "cloud_watch_log_group_name": "${aws_cloudwatch_log_group.service_exec_logs.name}",
            "cloud_watch_encryption_enabled": True,
        },
    }
    assert stack.resources("aws_cloudwatch_log_group")["service_exec_logs"]["kms_key_id"] == KEY
    assert of_sessions(stack) == [
        *STATEMENTS,
        {
            "Sid": "DecryptSessions",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [KEY],
            "Condition": {"StringLike": TARGETS},
        },
    ]


def test_the_service_starts_its_tasks_with_the_agent(without_key: Stack) -> None:
    """The tasks start after their role has its permissions."""
    service = without_key.resource("aws_ecs_service")

    assert service["enable_execute_command"] is True
    assert "aws_iam_role_policy.service_task_role_rights" in service["depends_on"]


def test_a_change_of_the_setting_is_a_new_revision(without_key: Stack, main: Stack) -> None:
    """The hash of these values decides. ECS starts no deployment for a change of `enableExecuteCommand`."""
    with_exec, without = (
        dict(stack.json["locals"]["service_task_definition_settings"]) for stack in (without_key, main)
    )
    del with_exec["container"], without["container"]

    assert with_exec == without | {"ecs_exec": True}


def test_without_the_setting_the_cluster_has_the_default(main: Stack) -> None:
    """Terraform would keep the earlier configuration if the block were absent."""
    assert exec_of(main) == {"logging": "DEFAULT"}
    assert "enable_execute_command" not in main.resource("aws_ecs_service")
    assert of_sessions(main) == []
