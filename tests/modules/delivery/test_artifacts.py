"""The bucket for the pipeline's artifacts."""

import json

from tests.support.synthesized import ACCOUNT_ID, KEY, Stack, System

NAME = "pipeline_artifacts"
BUCKET = f"${{aws_s3_bucket.{NAME}.id}}"
ARN = f"${{aws_s3_bucket.{NAME}.arn}}"


def test_an_unprotected_bucket_can_be_deleted_with_objects(main: Stack) -> None:
    assert main.resources("aws_s3_bucket")[NAME] == {
        "bucket_prefix": "example-app-dev-artifacts-",
        "force_destroy": True,
    }


def test_a_protected_bucket_cannot_be_deleted_with_objects(prod: System) -> None:
    assert prod["prod-main"].resources("aws_s3_bucket")[NAME] == {
        "bucket_prefix": "shop-prod-artifacts-",
        "force_destroy": False,
    }


def test_objects_are_encrypted(main: Stack) -> None:
    assert main.resources("aws_s3_bucket_server_side_encryption_configuration")[f"{NAME}_encryption"] == {
        "bucket": BUCKET,
        "rule": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    }


def test_with_a_key_objects_are_encrypted_with_it(prod: System) -> None:
    assert prod["prod-main"].resources("aws_s3_bucket_server_side_encryption_configuration")[f"{NAME}_encryption"] == {
        "bucket": BUCKET,
        "rule": [
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY},
                "bucket_key_enabled": True,
            }
        ],
    }


def test_nothing_is_ever_public(main: Stack) -> None:
    assert main.resources("aws_s3_bucket_public_access_block")[f"{NAME}_public_access"] == {
        "bucket": BUCKET,
        "block_public_acls": True,
        "block_public_policy": True,
        "ignore_public_acls": True,
        "restrict_public_buckets": True,
    }


def test_plain_http_and_other_accounts_are_denied(main: Stack) -> None:
    policy = main.resources("aws_s3_bucket_policy")[f"{NAME}_tls_only"]

    everything = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [ARN, f"{ARN}/*"]}
    assert json.loads(policy.pop("policy")) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "RefusePlainHttp",
                **everything,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "RefuseForeignAccounts",
                **everything,
                "Condition": {
                    "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT_ID},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            },
        ],
    }
    assert policy == {"bucket": BUCKET, "depends_on": [f"aws_s3_bucket_public_access_block.{NAME}_public_access"]}


def test_objects_expire_after_30_days_and_broken_uploads_after_one(main: Stack) -> None:
    assert main.resources("aws_s3_bucket_lifecycle_configuration")[f"{NAME}_lifecycle"] == {
        "bucket": BUCKET,
        "rule": [
            {
                "id": "expire",
                "status": "Enabled",
                "filter": [{"prefix": ""}],
                "expiration": [{"days": 30}],
                "abort_incomplete_multipart_upload": [{"days_after_initiation": 1}],
            }
        ],
    }
