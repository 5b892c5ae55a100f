"""The OIDC provider for GitHub, which the roles of both repositories share."""

from pathlib import Path

import pytest

from tests.support.synthesized import DEV, PROVIDER_ARN, Stack
from tests.support.workflow_roles import PROVIDER, ci, push, trust


@pytest.mark.parametrize("stack", ["dev_ci", "dev_push"])
def test_the_accounts_provider_for_github_is_created(stack: str, request: pytest.FixtureRequest) -> None:
    synthesized: Stack = request.getfixturevalue(stack)

    assert synthesized.resource("aws_iam_openid_connect_provider") == {
        "client_id_list": ["sts.amazonaws.com"],
        "url": "https://token.actions.githubusercontent.com",
    }


def test_an_existing_provider_is_used_instead(tmp_path: Path) -> None:
    with_ci = ci(tmp_path / "ci", DEV, oidc_provider_arn=PROVIDER_ARN)
    with_push = push(tmp_path / "push", DEV, oidc_provider_arn=PROVIDER_ARN)

    assert [stack.resources("aws_iam_openid_connect_provider") for stack in (with_ci, with_push)] == [{}, {}]
    trusts = [trust(with_ci, "diff"), trust(with_ci, "deploy"), trust(with_push, "push")]
    assert {each["Principal"]["Federated"] for each in trusts} == {PROVIDER_ARN}


def test_a_job_must_have_a_token_of_the_provider_for_aws(dev_push: Stack) -> None:
    statement = trust(dev_push, "push")

    conditions = statement.pop("Condition")
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    assert conditions["StringEquals"]["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
