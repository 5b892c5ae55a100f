"""The requests to IAM of calls that may need a KMS key."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.iam.roles import AssumedRole
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, clients, policy
from tests.support.localaws.roles_to_act_for import BUCKET, OBJECT, TLS_ONLY, grant, put, why_not

WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/builder-of-roles/local-aws is not authorized to perform: "


def allow(principal: Any, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action}


def test_a_bucket_policy_can_require_encryption_with_a_key(builder: Callable[..., AssumedRole]) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = {"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": key}
    statements = [
        TLS_ONLY | {"Action": "s3:PutObject", "Condition": {"StringNotEquals": {name: value}}, "Sid": f"S{number}"}
        for number, (name, value) in enumerate(wanted.items())
    ]
    clients().client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))
    role = builder(ALLOW_ALL)
    try:
        seen = [
            why_not(put(role, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)),
            why_not(put(role, ServerSideEncryption="aws:kms")),
            why_not(put(role)),
        ]
    finally:
        clients().client("s3").delete_bucket_policy(Bucket=BUCKET)
    assert seen == ["", *["with an explicit deny in a resource-based policy"] * 2]


def test_a_key_needs_its_own_policy_and_the_roles(builder: Callable[..., AssumedRole]) -> None:
    kms = clients().client("kms")
    through_s3 = allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*") | {
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
    }
    key = kms.create_key(Policy=policy(through_s3))["KeyMetadata"]["Arn"]
    object_right = grant("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    role = builder(object_right)

    assert put(role, **encrypted).startswith(
        f"AccessDenied: {WHO}kms:GenerateDataKey on resource: {key} because no ide"
    )

    both = policy(object_right, grant("kms:GenerateDataKey", key) | {"Sid": "Key"})
    clients().client("iam").put_role_policy(RoleName="builder-of-roles", PolicyName="rights", PolicyDocument=both)
    assert put(role, **encrypted) == ""

    through_s3["Condition"] = {"StringEquals": {"kms:ViaService": f"rds.{REGION}.amazonaws.com"}}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(through_s3))
    assert put(role, **encrypted).endswith("because no resource-based policy allows the kms:GenerateDataKey action")


def test_a_parameter_with_a_customer_key_needs_that_key(builder: Callable[..., AssumedRole]) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    clients().client("ssm").put_parameter(Name="/roles/dsn", Value="dsn", Type="SecureString", KeyId=key)
    role = builder(grant("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/roles/dsn"))

    with pytest.raises(ClientError, match=rf"kms:Decrypt on resource: {key} because no identity-based policy"):
        role.client("ssm").get_parameters(Names=["/roles/dsn"], WithDecryption=True)


@pytest.mark.parametrize(("bucket_key", "context"), [(True, f"arn:aws:s3:::{BUCKET}"), (False, OBJECT)])
def test_a_bucket_key_has_the_bucket_as_encryption_context(
    builder: Callable[..., AssumedRole],
    bucket_key: bool,  # noqa: FBT001 - a parameter of the test
    context: str,
) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": bucket_key,
    }
    s3 = clients().client("s3")
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    try:
        role = builder(ALLOW_ALL)
        assert put(role, ServerSideEncryption="aws:kms", SSEKMSKeyId=key) == ""
    finally:
        s3.delete_bucket_encryption(Bucket=BUCKET)

    assert clients().local.decisions()[-1]["context"]["kms:EncryptionContext:aws:s3:arn"] == context
