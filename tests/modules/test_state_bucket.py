"""The bucket for Terraform's state."""

import json

from tests.support.synthesized import KEY_ARN, Stack

BUCKET = "${aws_s3_bucket.bucket.id}"


def test_terraform_never_destroys_it(state: Stack) -> None:
    assert state.resource("aws_s3_bucket") == {
        "bucket": "shop-state",
        "force_destroy": False,
        "lifecycle": {"prevent_destroy": True},
    }


def test_it_keeps_what_was_overwritten_for_90_days(state: Stack) -> None:
    assert state.resource("aws_s3_bucket_versioning") == {
        "bucket": BUCKET,
        "versioning_configuration": {"status": "Enabled"},
    }
    assert state.resource("aws_s3_bucket_lifecycle_configuration") == {
        "bucket": BUCKET,
        "rule": [
            {
                "id": "forget",
                "status": "Enabled",
                "filter": [{"prefix": ""}],
                "noncurrent_version_expiration": [{"noncurrent_days": 90}],
                "abort_incomplete_multipart_upload": [{"days_after_initiation": 1}],
            }
        ],
        "depends_on": ["aws_s3_bucket_versioning.bucket_versioning"],
    }


def test_it_is_encrypted_with_the_key_of_the_state(state: Stack) -> None:
    assert state.resource("aws_s3_bucket_server_side_encryption_configuration") == {
        "bucket": BUCKET,
        "rule": [
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY_ARN},
                "bucket_key_enabled": True,
            }
        ],
    }


def test_it_speaks_tls_only_and_is_never_public(state: Stack) -> None:
    policy = state.resource("aws_s3_bucket_policy")
    arn = "${aws_s3_bucket.bucket.arn}"

    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    assert state.resource("aws_s3_bucket_public_access_block") == {
        "bucket": BUCKET,
        "block_public_acls": True,
        "block_public_policy": True,
        "ignore_public_acls": True,
        "restrict_public_buckets": True,
    }
