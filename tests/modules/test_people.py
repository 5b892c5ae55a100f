"""The role of people who look at an environment: its trust policy and its permissions."""

import json

import pytest

from tests.support.scanners import lint
from tests.support.synthesized import ACCOUNT_ID, OPERATOR_ARN, Stack, System
from tests.support.workflow_roles import PARTITION

READING = ("Describe", "List", "Get", "Filter", "BatchGet", "Simulate")
"""The beginnings of the names of actions that change nothing."""

DATA = {
    "ecr:GetAuthorizationToken",
    "kms:Decrypt",
    "s3:GetObject",
    "s3:ListBucket",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
}
"""Actions that return values of secrets or parameters, objects such as the state, or passwords."""


def test_without_the_table_there_is_no_viewer_role(main: Stack) -> None:
    assert "viewer" not in main.resources("aws_iam_role")
    assert "viewer_role_arn" not in main.json["output"]


def test_only_the_principals_of_the_settings_can_assume_it(prod: System) -> None:
    stack = prod["prod-main"]

    role = stack.resources("aws_iam_role")["viewer"]

    assert (role["name"], stack.json["output"]["viewer_role_arn"]) == (
        "shop-prod-viewer",
        {"value": "${aws_iam_role.viewer.arn}"},
    )
    assert json.loads(role["assume_role_policy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"AWS": [OPERATOR_ARN]}, "Action": "sts:AssumeRole"}
    ]


def test_it_reads_and_its_actions_return_no_secrets_and_no_state(prod: System) -> None:
    actions = {action for each in prod["prod-main"].statements("viewer") for action in each["Action"]}

    assert {action for action in actions if not action.partition(":")[2].startswith(READING)} == set()
    assert actions & DATA == set()
    assert not any("*" in action for action in actions)


def test_its_policy_refers_to_no_other_resource(prod: System) -> None:
    """So Terraform can create the policy before the other resources."""
    text = json.dumps(prod["prod-main"].statements("viewer"))

    assert "$" in text
    assert "$" not in text.replace(PARTITION, "").replace(ACCOUNT_ID, "")


def test_its_permissions_name_the_resources_of_the_system(prod: System) -> None:
    def here(service: str, resource: str) -> str:
        return f"arn:{PARTITION}:{service}:us-east-1:{ACCOUNT_ID}:{resource}"

    statements = {each["Sid"]: each for each in prod["prod-main"].statements("viewer")}

    anywhere = {action for each in statements.values() if each["Resource"] == ["*"] for action in each["Action"]}
    assert anywhere == {
        "acm:ListCertificates",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
        "ecs:ListTasks",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "route53:ListHostedZonesByName",
        "ssm:DescribeParameters",
    }
    assert statements["ListTasks"]["Condition"] == {"ArnEquals": {"ecs:cluster": here("ecs", "cluster/shop-prod")}}
    groups = ("/ecs/shop-prod", "/aws/codebuild/shop-prod-image-definitions", "/aws/rds/instance/shop-prod/postgresql")
    assert {arn for each in statements.values() for arn in each["Resource"]} == {
        "*",
        here("acm", "certificate/*"),
        here("cloudwatch", "alarm:*"),
        here("cloudwatch", "alarm:shop-prod*"),
        f"arn:{PARTITION}:route53:::hostedzone/*",
        here("codebuild", "project/shop-prod-image-definitions"),
        here("codepipeline", "shop-prod"),
        here("ecr", "repository/shop-prod"),
        here("ecs", "service/shop-prod/shop-prod"),
        here("ecs", "task/shop-prod/*"),
        *(f"arn:{PARTITION}:iam::{ACCOUNT_ID}:role/shop-prod-{role}" for role in ("execution", "task")),
        *(here("logs", f"log-group:{group}{end}") for group in groups for end in ("", ":*")),
        here("rds", "db:shop-prod"),
        here("secretsmanager", "secret:rds!db-*"),
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbCdEf",
    }


@pytest.mark.slow
def test_its_actions_exist_and_fit_their_resources(prod: System) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": prod["prod-main"].statements("viewer")})
    policy = json.loads(text.replace(PARTITION, "aws").replace(ACCOUNT_ID, "123456789012"))

    assert lint({"viewer": policy}) == []
