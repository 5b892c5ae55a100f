"""The scanners: what a plan is completed with, and what the lint of policies finds."""

from typing import Any

import pytest

from tests.scanners import complete, lint
from tests.synthesized import ROOT, Json

CLUSTER = "arn:aws:ecs:eu-central-1:123456789012:cluster/shop"
SERVICE = "arn:aws:ecs:eu-central-1:123456789012:service/shop/shop"
BUCKET = "arn:aws:s3:::shop-artifacts"
GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/shop"
ROLE = "arn:aws:iam::123456789012:role/shop"


def policy(actions: str | list[str], resources: str | list[str], **elements: Any) -> Json:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement | elements]}


GOOD = {
    "an action and its resource": policy("ecs:UpdateService", SERVICE),
    "the objects of a bucket": policy(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/*"),
    "a bucket and its objects": policy(["s3:GetBucketAcl", "s3:GetObject"], [BUCKET, f"{BUCKET}/*"]),
    "the streams of a log group": policy(["logs:CreateLogStream", "logs:PutLogEvents"], f"{GROUP}:*"),
    "* where AWS takes nothing narrower": policy(["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition"], "*"),
    "actions by a pattern": policy("kms:GenerateDataKey*", "arn:aws:kms:eu-central-1:123456789012:key/1234"),
    "a condition": policy(
        "iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    ),
    "the policy of a bucket": policy(
        "s3:*",
        [BUCKET, f"{BUCKET}/*"],
        Effect="Deny",
        Principal="*",
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    ),
    "the policy of a key": policy("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"}),
}

BAD = [
    (policy("ecs:RestartService", SERVICE), ["there is no action ecs:RestartService", f"none of the actions takes {SERVICE}"]),
    (policy("esc:UpdateService", SERVICE), ["there is no action esc:UpdateService"]),
    (policy("ecs:Restart*", "*"), ["there is no action ecs:Restart*"]),
]


@pytest.mark.slow
def test_nothing_is_wrong_with_good_policies() -> None:
    assert lint(GOOD) == []
