"""Answers of S3 that the local AWS gives, and moto alone does not."""

import json

from localaws.s3 import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.leaves_bucket_policies_to_the_runner, in_aws="stored")
def test_a_bucket_policy_that_denies_other_callers(client: Client) -> object:
    s3 = client("s3")
    s3.create_bucket(Bucket="refuses")
    statements = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::refuses", "arn:aws:s3:::refuses/*"],
        }
        | narrowed
        for narrowed in (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}},
            {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}},
        )
    ]
    s3.put_bucket_policy(Bucket="refuses", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    s3.put_object(Bucket="refuses", Key="object", Body=b"stored")
    return s3.get_object(Bucket="refuses", Key="object")["Body"].read().decode()


@case(fixes.says_who_pays, in_aws="BucketOwner")
def test_who_pays_for_a_bucket(client: Client) -> object:
    client("s3").create_bucket(Bucket="paid")
    return client("s3").get_bucket_request_payment(Bucket="paid").get("Payer")
