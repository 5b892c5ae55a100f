"""The bucket for the load balancer's access logs."""

import json

from tests.support.synthesized import ACCOUNT_ID, Stack, System

BUCKET = "${aws_s3_bucket.access_logs.id}"
ARN = "${aws_s3_bucket.access_logs.arn}"


def test_an_unprotected_bucket_can_be_deleted_with_objects(main: Stack) -> None:
    assert main.resources("aws_s3_bucket")["access_logs"] == {
        "bucket_prefix": "example-app-dev-lb-logs-",
        "force_destroy": True,
    }


def test_only_elastic_load_balancing_writes_and_only_over_tls(main: Stack) -> None:
    policy = json.loads(main.resources("aws_s3_bucket_policy")["access_logs_tls_only"]["policy"])

    assert policy["Statement"] == [
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [ARN, f"{ARN}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "DeliverLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{ARN}/AWSLogs/{ACCOUNT_ID}/*",
        },
    ]


def test_logs_are_encrypted_with_s3s_own_key(main: Stack) -> None:
    assert main.resources("aws_s3_bucket_server_side_encryption_configuration")["access_logs_encryption"] == {
        "bucket": BUCKET,
        "rule": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    }


def test_logs_expire_as_all_logs_do(main: Stack) -> None:
    lifecycle = main.resources("aws_s3_bucket_lifecycle_configuration")["access_logs_lifecycle"]

    assert [rule["expiration"] for rule in lifecycle["rule"]] == [[{"days": 30}]]


def test_without_access_logs_there_is_no_bucket(prod: System) -> None:
    assert [address for address in prod["prod-main"].addresses() if "access_logs" in address] == []
    assert "access_logs" not in prod["prod-main"].resource("aws_lb")
