"""The roles that a call passes to a service."""

from typing import Any

import pytest

from localaws.iam.reference.passed_roles import passed_roles
from tests.support.localaws.aws_pipeline import ACCOUNT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/build"


@pytest.mark.parametrize(
    ("call", "members", "passed"),
    [
        ("codebuild:CreateProject", {"serviceRole": ROLE}, [(ROLE, "codebuild")]),
        ("codepipeline:UpdatePipeline", {"pipeline": {"roleArn": ROLE}}, [(ROLE, "codepipeline")]),
        (
            "events:PutTargets",
            {"Targets": [{"RoleArn": ROLE}, {"RoleArn": ROLE}]},
            [(ROLE, "events")],
        ),
        ("stepfunctions:CreateStateMachine", {"roleArn": ROLE}, [(ROLE, "states")]),
        ("ec2:CreateFlowLogs", {"DeliverLogsPermissionArn": ROLE}, [(ROLE, "vpc-flow-logs")]),
        ("codebuild:CreateProject", {"environment": {"environmentVariables": [{"name": "A", "value": ROLE}]}}, []),
        ("iam:AttachRolePolicy", {"RoleArn": ROLE}, []),
        ("rds:CreateDBInstance", {"DBInstanceIdentifier": "a"}, []),
    ],
)
def test_a_role_in_the_members_is_passed(call: str, members: dict[str, Any], passed: list[tuple[str, str]]) -> None:
    service, operation = call.split(":")

    asked = list(passed_roles(service, operation, members))

    assert [(one.action, one.resource, one.context["iam:PassedToService"]) for one in asked] == [
        ("iam:PassRole", role, f"{to}.amazonaws.com") for role, to in passed
    ]
