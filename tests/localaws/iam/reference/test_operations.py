"""The actions of operations."""

from typing import Any

import pytest

from localaws.iam.reference.operations import action_of


@pytest.mark.parametrize(
    ("service", "operation", "members", "action"),
    [
        ("ecs", "CreateService", {}, "ecs:CreateService"),
        ("elbv2", "AddTags", {}, "elasticloadbalancing:AddTags"),
        ("s3", "HeadBucket", {}, "s3:ListBucket"),
        ("s3", "HeadObject", {}, "s3:GetObject"),
        ("s3", "HeadObject", {"VersionId": "1"}, "s3:GetObjectVersion"),
        ("s3", "DeleteObject", {"VersionId": "1"}, "s3:DeleteObjectVersion"),
        ("stepfunctions", "StartExecution", {}, "states:StartExecution"),
    ],
)
def test_the_action_of_an_operation(service: str, operation: str, members: dict[str, Any], action: str) -> None:
    assert action_of(service, operation, members) == action
