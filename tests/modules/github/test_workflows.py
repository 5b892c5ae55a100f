"""The roles of a GitHub repository's workflows: their trust policies and their access to state."""

import json
from pathlib import Path

import pytest

from tests.support.scanners import lint
from tests.support.synthesized import DEV, KEY_ARN, Json, Stack
from tests.support.workflow_roles import ACCOUNT, PARTITION, PROVIDER, ci, statement, trust

CLAIM = "token.actions.githubusercontent.com"
STATE = f"arn:{PARTITION}:s3:::shop-state"


def test_the_diff_role_trusts_pull_requests_and_the_branch(dev_ci: Stack) -> None:
    assert trust(dev_ci, "diff") == {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{CLAIM}:aud": "sts.amazonaws.com",
                f"{CLAIM}:sub": ["repo:acme/shop:pull_request", "repo:acme/shop:ref:refs/heads/main"],
            }
        },
    }


def test_the_deploy_role_trusts_the_branch_in_the_environment(dev_ci: Stack) -> None:
    assert trust(dev_ci, "deploy")["Condition"] == {
        "StringEquals": {
            f"{CLAIM}:aud": "sts.amazonaws.com",
            f"{CLAIM}:sub": "repo:acme/shop:environment:dev",
            f"{CLAIM}:ref": "refs/heads/main",
        }
    }


def test_the_trust_policy_accepts_subjects_with_repository_ids(tmp_path: Path) -> None:
    """The branch is a condition on the claim `ref`."""
    stack = ci(tmp_path, DEV, repository="acme@12/shop@345", branch="release/1")

    assert trust(stack, "deploy")["Condition"]["StringEquals"] == {
        f"{CLAIM}:aud": "sts.amazonaws.com",
        f"{CLAIM}:sub": "repo:acme@12/shop@345:environment:dev",
        f"{CLAIM}:ref": "refs/heads/release/1",
    }


@pytest.mark.slow  # `make test` installs the scanners
def test_aws_would_take_the_policies_of_the_roles(dev_ci: Stack, dev_push: Stack) -> None:
    def real(statements: list[Json]) -> Json:
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        document: Json = json.loads(text.replace(PARTITION, "aws").replace(ACCOUNT, "123456789012"))
        return document

    of_ci = {role: real(dev_ci.statements(f"workflows_{role}_role")) for role in ("diff", "deploy")}
    found = lint(of_ci | {"push": real(dev_push.statements("push"))})
    # Who writes a bucket policy can grant access to himself.
    assert [each for each in found if "due to s3" not in each] == []


def test_the_diff_role_reads_and_locks_only_its_own_state(dev_ci: Stack) -> None:
    files = [f"{STATE}/shop/dev-{stack}.tfstate" for stack in ("registry", "dns", "main")]
    assert statement(dev_ci, "diff", "ReadState") == {
        "Sid": "ReadState",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": files,
    }
    assert statement(dev_ci, "diff", "LockState") == {
        "Sid": "LockState",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        "Resource": [f"{file}.tflock" for file in files],
    }
    assert statement(dev_ci, "diff", "DecryptState") == {
        "Sid": "DecryptState",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [KEY_ARN],
    }


def test_both_roles_look_by_the_same_policies(dev_ci: Stack) -> None:
    own, *shared = dev_ci.policies("workflows_deploy_role")
    [_, *looks] = dev_ci.policies("workflows_diff_role")

    assert set(looks) < set(shared)
    assert sorted([each["Sid"] for each in json.loads(look)["Statement"]] for look in looks) == [
        ["Look"],
        ["LookAround", "LookForDatabases"],
    ]
    assert "Look" not in own


def test_the_deploy_role_writes_the_state_that_the_diff_role_reads(dev_ci: Stack) -> None:
    files = [f"{STATE}/shop/dev-{stack}.tfstate" for stack in ("registry", "dns", "main")]
    assert statement(dev_ci, "deploy", "WriteState") == {
        "Sid": "WriteState",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": files,
    }
    for sid in ("ListState", "LockState", "DecryptState"):
        assert statement(dev_ci, "deploy", sid) == statement(dev_ci, "diff", sid)
