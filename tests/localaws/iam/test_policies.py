"""The policies that apply to a call, as they are at that time."""

from collections.abc import Callable
from typing import Any

import pytest

from localaws.iam.roles import AssumedRole
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, clients, policy
from tests.support.localaws.roles_to_act_for import BUCKET, TLS_ONLY, grant, put, why_not

FOR_ALL: dict[str, Any] = {"Condition": {}}


def test_policies_are_read_again_for_each_call(builder: Callable[..., AssumedRole]) -> None:
    role = builder(ALLOW_ALL)
    assert put(role) == ""

    clients().client("iam").delete_role_policy(RoleName="builder-of-roles", PolicyName="rights")

    assert put(role).startswith("AccessDenied: ")


def test_managed_policies_and_the_boundary_apply(builder: Callable[..., AssumedRole]) -> None:
    iam, role = clients().client("iam"), builder()
    everything = iam.create_policy(PolicyName="everything", PolicyDocument=policy(ALLOW_ALL))["Policy"]["Arn"]
    reading = iam.create_policy(PolicyName="reading", PolicyDocument=policy(grant("s3:GetObject", "*")))["Policy"][
        "Arn"
    ]

    iam.attach_role_policy(RoleName="builder-of-roles", PolicyArn=everything)
    allowed = put(role)
    iam.put_role_permissions_boundary(RoleName="builder-of-roles", PermissionsBoundary=reading)
    bounded = put(role)
    iam.delete_role_permissions_boundary(RoleName="builder-of-roles")
    iam.detach_role_policy(RoleName="builder-of-roles", PolicyArn=everything)

    assert allowed == ""
    assert bounded.endswith("because no permissions boundary allows the s3:PutObject action")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, "with an explicit deny in a resource-based policy"),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}}, ""),
        (
            {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}},
            "with an explicit deny in a resource-based policy",
        ),
        (FOR_ALL | {"Principal": {"AWS": "999999999999"}}, ""),
        (FOR_ALL | {"Principal": {"AWS": ACCOUNT}}, "with an explicit deny in a resource-based policy"),
    ],
)
def test_the_bucket_policy_applies(builder: Callable[..., AssumedRole], changed: dict[str, Any], why: str) -> None:
    clients().client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(TLS_ONLY | changed))
    try:
        assert why_not(put(builder(ALLOW_ALL))) == why
    finally:
        clients().client("s3").delete_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("account", "why"),
    [("999999999999", "because no identity-based policy allows the s3:PutObject action"), (ACCOUNT, "")],
)
def test_a_bucket_policy_allows_only_the_principals_it_names(
    builder: Callable[..., AssumedRole], account: str, why: str
) -> None:
    named = FOR_ALL | {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:role/builder-of-roles"}}
    clients().client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(TLS_ONLY | named))
    try:
        assert why_not(put(builder())) == why
    finally:
        clients().client("s3").delete_bucket_policy(Bucket=BUCKET)
