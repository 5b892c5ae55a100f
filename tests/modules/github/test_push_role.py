"""The role of the workflow that pushes images: its trust policy. tests/stacks/test_ci.py tests its permissions."""

from pathlib import Path

from tests.support.synthesized import DEV, Stack
from tests.support.workflow_roles import push, trust

CLAIM = "token.actions.githubusercontent.com"


def test_the_push_role_trusts_the_branch_in_the_environment(dev_push: Stack) -> None:
    assert trust(dev_push, "push")["Condition"] == {
        "StringEquals": {
            f"{CLAIM}:aud": "sts.amazonaws.com",
            f"{CLAIM}:sub": "repo:acme/app:environment:dev",
            f"{CLAIM}:ref": "refs/heads/main",
        }
    }


def test_repository_and_branch_are_settings(tmp_path: Path) -> None:
    stack = push(tmp_path, DEV, repository="acme@12/web@345", branch="release/1")

    assert trust(stack, "push")["Condition"]["StringEquals"] == {
        f"{CLAIM}:aud": "sts.amazonaws.com",
        f"{CLAIM}:sub": "repo:acme@12/web@345:environment:dev",
        f"{CLAIM}:ref": "refs/heads/release/1",
    }


def test_its_name_is_that_of_the_system(dev_push: Stack) -> None:
    assert dev_push.resource("aws_iam_role")["name"] == "github-example-app-dev-push"
