"""The principals that may assume a role, and the calls that IAM allows the role."""

from collections.abc import Callable
from typing import Any

import pytest

from localaws.iam.roles import AssumedRole, AssumeRoleError, Aws
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, clients, policy
from tests.support.localaws.roles_to_act_for import BUCKET, BUILDS, OBJECT, grant, put

CALLER = f"arn:aws:iam::{ACCOUNT}:role/caller"
WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/builder-of-roles/local-aws is not authorized to perform: "


def allow(principal: Any, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action}


FROM_HERE = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
FROM_ELSEWHERE = {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}


@pytest.mark.parametrize(
    ("statement", "service", "role"),
    [
        (allow({"Service": BUILDS}), True, False),
        (allow({"Service": BUILDS}) | FROM_HERE, True, False),
        (allow({"Service": BUILDS}) | FROM_ELSEWHERE, False, False),
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
def test_only_principals_of_the_trust_policy_assume_a_role(
    aws: Aws,
    statement: dict[str, Any],
    service: bool,  # noqa: FBT001 - a parameter of the test
    role: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    iam = clients().client("iam")
    arn = iam.create_role(RoleName="trusting", Path="/ci/", AssumeRolePolicyDocument=policy(statement))["Role"]["Arn"]
    try:
        assert (may_act(aws, arn, BUILDS), may_act(aws, arn, CALLER)) == (service, role)
    finally:
        iam.delete_role(RoleName="trusting")


@pytest.mark.parametrize(
    ("service", "conditions", "trusted"),
    [
        ("codepipeline.amazonaws.com", {}, True),
        ("codepipeline.amazonaws.com", FROM_HERE, False),
        (BUILDS, {"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:*"}}}, False),
    ],
)
def test_a_condition_on_an_unset_source_denies_the_role(
    aws: Aws,
    service: str,
    conditions: dict[str, Any],
    trusted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    iam, trust = clients().client("iam"), policy(allow({"Service": service}) | conditions)
    arn = iam.create_role(RoleName="sourced", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    try:
        assert may_act(aws, arn, service) == trusted
    finally:
        iam.delete_role(RoleName="sourced")


def may_act(aws: Aws, arn: str, principal: str) -> bool:
    try:
        return aws.assume_role(arn, principal).arn == arn
    except AssumeRoleError:
        return False


def test_a_refusal_names_service_role_and_reason(aws: Aws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/missing"
    with pytest.raises(AssumeRoleError) as refused:
        aws.assume_role(arn, BUILDS)
    assert str(refused.value) == (
        f"CodeBuild is not authorized to perform AssumeRole on role {arn}: the role does not exist"
    )


def test_a_refusal_names_the_callers_policies_if_they_deny(aws: Aws) -> None:
    clients().role("powerless", {"Service": BUILDS}, rights=())
    arn = clients().role("trusting-all-here", {"AWS": ACCOUNT})
    with pytest.raises(AssumeRoleError, match=r"because no identity-based policy allows the sts:AssumeRole action$"):
        aws.assume_role(arn, f"arn:aws:iam::{ACCOUNT}:role/powerless")


def test_an_allowed_call_is_made(builder: Callable[..., AssumedRole]) -> None:
    assert put(builder(grant("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"))) == ""
    assert clients().client("s3").get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"body"


@pytest.mark.parametrize(
    ("rights", "why"),
    [
        ([], "because no identity-based policy allows the s3:PutObject action"),
        (
            [grant("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")],
            "because no identity-based policy allows the s3:PutObject action",
        ),
        (
            [grant("s3:PutObject", "arn:aws:s3:::roles-other/*")],
            "because no identity-based policy allows the s3:PutObject action",
        ),
        (
            [grant("s3:PutObject", "*", Condition={"StringEquals": {"aws:ResourceAccount": "999999999999"}})],
            "because no identity-based policy allows the s3:PutObject action",
        ),
        ([ALLOW_ALL, ALLOW_ALL | {"Effect": "Deny"}], "with an explicit deny in an identity-based policy"),
    ],
)
def test_a_denied_call_raises_the_message_of_iam(
    builder: Callable[..., AssumedRole], rights: list[dict[str, Any]], why: str
) -> None:
    assert put(builder(*rights)) == f"AccessDenied: {WHO}s3:PutObject on resource: {OBJECT} {why}"
