"""Whom a role lets act for it."""

import json
from typing import Any

import pytest

from localaws.pipeline.roles import Aws, RoleRefusedError
from tests.aws_pipeline import ACCOUNT, REGION, clients

CALLER = f"arn:aws:iam::{ACCOUNT}:role/caller"
BUILDS = "codebuild.amazonaws.com"


@pytest.fixture(scope="module")
def aws() -> Aws:
    return Aws(clients().endpoint, REGION)


def allow(principal: Any, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action}


@pytest.mark.parametrize(
    ("statement", "service", "role"),
    [
        (allow({"Service": BUILDS}), True, False),
        (allow({"Service": ["events.amazonaws.com", BUILDS]}, ["sts:TagSession", "STS:assumerole"]), True, False),
        (allow({"Service": BUILDS}, "sts:*"), True, False),
        (allow({"Service": BUILDS}, "sts:TagSession"), False, False),
        (allow({"Service": "codepipeline.amazonaws.com"}), False, False),
        (allow({"Service": BUILDS}) | {"Effect": "Deny"}, False, False),
        (allow({"AWS": CALLER}), False, True),
        (allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), False, True),
        (allow({"AWS": [ACCOUNT]}), False, True),
        (allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}), False, False),
        (allow("*"), True, True),
    ],
)
def test_a_role_is_acted_for_by_whom_its_trust_policy_names(
    aws: Aws,
    statement: dict[str, Any],
    service: bool,  # noqa: FBT001 - what is expected
    role: bool,  # noqa: FBT001 - what is expected
) -> None:
    iam = clients().client("iam")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName="trusting", Path="/ci/", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    try:
        assert (may_act(aws, arn, BUILDS), may_act(aws, arn, CALLER)) == (service, role)
    finally:
        iam.delete_role(RoleName="trusting")


def may_act(aws: Aws, arn: str, principal: str) -> bool:
    try:
        return aws.acting_for(arn, principal).arn == arn
    except RoleRefusedError:
        return False


def test_a_refusal_names_who_which_role_and_why(aws: Aws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/missing"
    with pytest.raises(RoleRefusedError) as refused:
        aws.acting_for(arn, BUILDS)
    assert str(refused.value) == (
        f"CodeBuild is not authorized to perform AssumeRole on role {arn}: the role does not exist"
    )
