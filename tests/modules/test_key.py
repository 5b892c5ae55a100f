"""The environment's customer managed key, and its policy."""

import json
import re
from pathlib import Path

import pytest
from constructs import Construct

from modules.iam import Role
from modules.key import Key
from tests.support.synthesized import ACCOUNT_ID, KEY, Json, Stack, System, scratch

PARTITION = "${data.aws_partition.partition.partition}"
ACCOUNT = {"AWS": f"arn:{PARTITION}:iam::{ACCOUNT_ID}:root"}
USE = ["kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:Decrypt"]


@pytest.fixture(scope="module")
def stack(prod: System) -> Stack:
    """Return the main stack of a system with a key."""
    return prod["prod-main"]


@pytest.fixture(scope="module")
def statements(stack: Stack) -> dict[str, Json]:
    """Return the statements of the key's policy, by `Sid`."""
    return {each["Sid"]: each for each in json.loads(stack.resource("aws_kms_key")["policy"])["Statement"]}


def test_deletion_of_a_protected_key_waits_30_days(stack: Stack) -> None:
    """KMS rotates the key."""
    key = stack.resource("aws_kms_key")
    del key["policy"]

    assert key == {
        "description": "data, logs and artifacts of shop-prod",
        "enable_key_rotation": True,
        "deletion_window_in_days": 30,
    }


def test_it_has_the_systems_name(stack: Stack) -> None:
    assert stack.resource("aws_kms_alias") == {
        "name": "alias/shop-prod",
        "target_key_id": "${aws_kms_key.key.key_id}",
    }


def test_the_account_administers_it_but_cannot_use_it(statements: dict[str, Json]) -> None:
    administer = statements["Administer"]
    actions = administer.pop("Action")

    assert administer == {"Sid": "Administer", "Effect": "Allow", "Principal": ACCOUNT, "Resource": "*"}
    cryptographic = ("Encrypt", "Decrypt", "GenerateDataKey", "Sign", "Verify", "DeriveSharedSecret", "CreateGrant")
    assert [action for action in actions if "*" in action or any(word in action for word in cryptographic)] == []
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey", "kms:TagResource"} <= set(actions)


def test_the_accounts_principals_use_it_through_two_services_only(statements: dict[str, Json]) -> None:
    assert statements["UseThroughServices"] == {
        "Sid": "UseThroughServices",
        "Effect": "Allow",
        "Principal": ACCOUNT,
        "Action": USE,
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:ViaService": [
                    "rds.us-east-1.amazonaws.com",
                    "secretsmanager.us-east-1.amazonaws.com",
                ],
            }
        },
    }


def test_grants_are_allowed_only_for_aws_resources(statements: dict[str, Json]) -> None:
    assert statements["GrantToRds"] == {
        "Sid": "GrantToRds",
        "Effect": "Allow",
        "Principal": ACCOUNT,
        "Action": ["kms:CreateGrant"],
        "Resource": "*",
        "Condition": {
            "Bool": {"kms:GrantIsForAWSResource": "true"},
            "StringEquals": {
                "kms:ViaService": ["rds.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"],
            },
        },
    }


def test_build_and_pipeline_use_it_directly(statements: dict[str, Json]) -> None:
    """Other roles of the stack may use the key, too."""
    [roles] = statements["Use"].pop("Condition")["ArnEquals"].values()

    assert statements["Use"] == {
        "Sid": "Use",
        "Effect": "Allow",
        "Principal": ACCOUNT,
        "Action": USE,
        "Resource": "*",
    }
    assert [role for role in roles if not re.fullmatch(r"\$\{aws_iam_role\.\w+\.arn\}", role)] == []
    assert set(roles) >= {
        f"${{aws_iam_role.{role}.arn}}" for role in ("pipeline_image_definitions_role", "pipeline_role")
    }


def test_a_role_that_is_granted_the_use_twice_gets_it_once(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        key = Key(stack, "key", name="example-app-dev", region="eu-central-1", protect=False)
        reader, other = (
            Role(stack, id_, name=id_, assumed_by="ecs-tasks.amazonaws.com") for id_ in ("reader", "other")
        )
        key.grant_use(reader)
        key.grant_use(reader)
        key.grant_decrypt(other)
        key.grant_decrypt(other)

    stack = scratch(tmp_path, declare)

    [use] = [each for each in json.loads(stack.resource("aws_kms_key")["policy"])["Statement"] if each["Sid"] == "Use"]
    assert use["Condition"] == {"ArnEquals": {"aws:PrincipalArn": ["${aws_iam_role.reader.arn}"]}}
    assert stack.statements("reader") == [{"Sid": "UseKey", "Effect": "Allow", "Action": USE, "Resource": [KEY]}]
    assert stack.statements("other") == [
        {"Sid": "DecryptWithKey", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY]}
    ]


def test_the_accounts_principals_use_it_for_sessions_in_the_cluster(statements: dict[str, Json]) -> None:
    assert statements["UseForSessions"] == {
        "Sid": "UseForSessions",
        "Effect": "Allow",
        "Principal": ACCOUNT,
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": ["ecs:shop-prod_*"]}},
    }


def test_cloudwatch_logs_uses_it_for_every_log_group_and_no_other(stack: Stack, statements: dict[str, Json]) -> None:
    groups = stack.resources("aws_cloudwatch_log_group").values()
    [context] = statements["EncryptLogs"].pop("Condition")["ArnLike"].items()

    assert statements["EncryptLogs"] == {
        "Sid": "EncryptLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": USE,
        "Resource": "*",
    }
    assert context[0] == "kms:EncryptionContext:aws:logs:arn"
    assert sorted(context[1]) == sorted(
        f"arn:{PARTITION}:logs:us-east-1:{ACCOUNT_ID}:log-group:{group['name']}" for group in groups
    )
    assert {group["kms_key_id"] for group in groups} == {"${aws_kms_key.key.arn}"}


def test_deletion_of_an_unprotected_key_waits_7_days(tmp_path: Path) -> None:
    """No statement allows direct use of the key."""

    def declare(stack: Construct) -> None:
        Key(stack, "key", name="example-app-dev", region="eu-central-1", protect=False)

    key = scratch(tmp_path, declare).resource("aws_kms_key")

    assert key["deletion_window_in_days"] == 7
    assert [statement["Sid"] for statement in json.loads(key["policy"])["Statement"]] == [
        "Administer",
        "UseThroughServices",
        "GrantToRds",
    ]


def test_without_the_setting_there_is_none(dev: System) -> None:
    assert [address for stack in dev.values() for address in stack.addresses() if "kms" in address] == []
