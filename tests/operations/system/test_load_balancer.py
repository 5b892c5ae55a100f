"""Tests of the targets of a load balancer, with answers of Elastic Load Balancing."""

from typing import Any

import boto3
from botocore.stub import Stubber

from operations.system.load_balancer import Target, targets

GROUPS = [f"arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{name}/1" for name in ("a", "b")]


def test_the_targets_of_all_groups_have_their_reasons() -> None:
    elbv2: Any = boto3.client("elbv2", region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="key")
    healthy = {"Target": {"Id": "10.0.1.10", "Port": 8000}, "TargetHealth": {"State": "healthy"}}
    unhealthy = {
        "Target": {"Id": "10.0.2.10"},
        "TargetHealth": {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [404]",
        },
    }
    with Stubber(elbv2) as stub:
        for group, described in zip(GROUPS, (healthy, unhealthy), strict=True):
            answer = {"TargetHealthDescriptions": [described]}
            stub.add_response("describe_target_health", answer, {"TargetGroupArn": group})

        found = targets(elbv2, GROUPS)

    assert found == [
        Target("10.0.1.10", 8000, "healthy", "", ""),
        Target(
            "10.0.2.10",
            None,
            "unhealthy",
            "Target.ResponseCodeMismatch",
            "Health checks failed with these codes: [404]",
        ),
    ]
