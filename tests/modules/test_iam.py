"""Roles, and the verbs that grant them permissions."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster
from constructs import Construct

from modules.iam import Role
from tests.support.synthesized import ACCOUNT_ID, Stack, scratch

READ = ["s3:GetObject"]
BUCKET = ["arn:aws:s3:::bucket/*"]


def role_with(outdir: Path, *verbs: Callable[[Role], None]) -> Stack:
    """Return a stack with one role to which each of the verbs was applied."""

    def declare(stack: Construct) -> None:
        role = Role(stack, "role", name="example-app-dev-role", assumed_by="codebuild.amazonaws.com")
        for verb in verbs:
            verb(role)

    return scratch(outdir, declare)


def test_a_role_is_assumed_by_its_service_alone_for_its_own_account(tmp_path: Path) -> None:
    stack = role_with(tmp_path)

    role = stack.resource("aws_iam_role")
    assert role.pop("name") == "example-app-dev-role"
    assert json.loads(role.pop("assume_role_policy")) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "codebuild.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
            }
        ],
    }
    assert role == {}


def test_a_role_that_is_granted_nothing_has_no_policy(tmp_path: Path) -> None:
    assert role_with(tmp_path).resources("aws_iam_role_policy") == {}


def test_grants_gather_in_one_policy_in_the_order_they_are_given(tmp_path: Path) -> None:
    stack = role_with(
        tmp_path,
        lambda role: role.allow("Read", actions=READ, resources=BUCKET),
        lambda role: role.allow(
            "Write",
            actions=["s3:PutObject"],
            resources=BUCKET,
            conditions={"StringEquals": {"aws:ResourceAccount": "123456789012"}},
        ),
    )

    policy = stack.resource("aws_iam_role_policy")
    assert json.loads(policy.pop("policy")) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/*"]},
            {
                "Sid": "Write",
                "Effect": "Allow",
                "Action": ["s3:PutObject"],
                "Resource": ["arn:aws:s3:::bucket/*"],
                "Condition": {"StringEquals": {"aws:ResourceAccount": "123456789012"}},
            },
        ],
    }
    assert policy == {"name": "rights", "role": "${aws_iam_role.role.name}"}


@pytest.mark.parametrize(
    ("sid", "actions", "message"),
    [
        ("Read-It", READ, "scratch/role: sid must be letters and digits, got 'Read-It'"),
        ("", READ, "scratch/role: sid must be letters and digits, got ''"),
        ("Taken", READ, "scratch/role: sid must be unique in the policy, got 'Taken' again"),
        ("Everything", ["*"], "scratch/role: actions must be named, got '*'"),
        ("EverythingElse", [*READ, "*"], "scratch/role: actions must be named, got '*'"),
    ],
)
def test_a_grant_is_refused(sid: str, actions: list[str], message: str, tmp_path: Path) -> None:
    def grant(role: Role) -> None:
        role.allow("Taken", actions=READ, resources=BUCKET)
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            role.allow(sid, actions=actions, resources=BUCKET)

    stack = role_with(tmp_path, grant)

    assert [statement["Sid"] for statement in stack.statements("role")] == ["Taken"]


def test_the_inline_policy_is_refused_before_the_first_grant(tmp_path: Path) -> None:
    message = "scratch/role: the role has no policy yet; call a grant before inline_policy"

    def read(role: Role) -> None:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            _ = role.inline_policy

    assert role_with(tmp_path, read).resources("aws_iam_role_policy") == {}


def test_a_later_grant_reaches_what_depends_on_the_role(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        role = Role(stack, "role", name="example-app-dev-role", assumed_by="codebuild.amazonaws.com")
        role.allow("Read", actions=READ, resources=BUCKET)
        EcsCluster(stack, "cluster", name="shop", depends_on=[role.inline_policy])
        role.allow("Write", actions=["s3:PutObject"], resources=BUCKET)

    stack = scratch(tmp_path, declare)

    assert stack.resource("aws_ecs_cluster")["depends_on"] == ["aws_iam_role_policy.role_rights"]
    assert [statement["Sid"] for statement in stack.statements("role")] == ["Read", "Write"]
