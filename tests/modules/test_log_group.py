"""Log groups, and the permission to write to them."""

import json
from pathlib import Path

from constructs import Construct

from modules.environment import Environment
from modules.iam import Role
from modules.key import Key
from modules.log_group import LogGroup
from tests.support.synthesized import DEV, scratch


def test_a_log_group_has_a_retention_and_grants_write_access(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        logs = LogGroup(stack, "logs", environment=Environment.of(DEV), name="/some/logs")
        logs.grant_write(Role(stack, "writer", name="writer", assumed_by="ecs-tasks.amazonaws.com"))

    stack = scratch(tmp_path, declare)

    assert stack.resources("aws_cloudwatch_log_group") == {"logs": {"name": "/some/logs", "retention_in_days": 30}}
    assert stack.statements("writer") == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": ["${aws_cloudwatch_log_group.logs.arn}:*"],
        }
    ]


def test_with_a_key_the_log_group_is_encrypted_with_it(tmp_path: Path) -> None:
    """The key's policy allows CloudWatch Logs to use it for the group."""

    def declare(stack: Construct) -> None:
        key = Key(stack, "key", name="example-app-dev", region="eu-central-1", protect=False)
        LogGroup(stack, "logs", environment=Environment.of(DEV, encryption=key), name="/some/logs")

    stack = scratch(tmp_path, declare)

    [admit] = [
        statement
        for statement in json.loads(stack.resource("aws_kms_key")["policy"])["Statement"]
        if statement["Sid"] == "EncryptLogs"
    ]
    [arn] = admit["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert stack.resource("aws_cloudwatch_log_group")["kms_key_id"] == "${aws_kms_key.key.arn}"
    assert arn.endswith(":log-group:/some/logs")
