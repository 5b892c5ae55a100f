"""The roles of people who look at an environment, or who operate it: their trust policies and permissions."""

import json
import re
from pathlib import Path

import pytest

from settings.model import NAME_LIMIT
from settings.names import PEOPLE
from settings.task_definition import MOST_VIEWED_ARN_CHARACTERS, arn_characters
from tests.support.scanners import lint
from tests.support.synthesized import ACCOUNT_ID, EVERYTHING, OPERATOR_ARN, SECRET_ARN, Json, Stack, System, system
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


def here(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:us-east-1:{ACCOUNT_ID}:{resource}"


OPERATES: list[Json] = [
    {
        "Sid": "UpdateService",
        "Effect": "Allow",
        "Action": ["ecs:UpdateService"],
        "Resource": [here("ecs", "service/shop-prod/shop-prod")],
        "Condition": {"ArnLikeIfExists": {"ecs:task-definition": here("ecs", "task-definition/shop-prod:*")}},
    },
    {
        "Sid": "RunTask",
        "Effect": "Allow",
        "Action": ["ecs:RunTask"],
        "Resource": [here("ecs", "task-definition/shop-prod:*")],
        "Condition": {"ArnEquals": {"ecs:cluster": here("ecs", "cluster/shop-prod")}},
    },
    {
        "Sid": "StopTask",
        "Effect": "Allow",
        "Action": ["ecs:StopTask"],
        "Resource": [here("ecs", "task/shop-prod/*")],
        "Condition": {"ArnEquals": {"ecs:cluster": here("ecs", "cluster/shop-prod")}},
    },
    {
        "Sid": "PassTaskRoles",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [f"arn:{PARTITION}:iam::{ACCOUNT_ID}:role/shop-prod-{role}" for role in ("execution", "task")],
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    },
    {
        "Sid": "OpenSessions",
        "Effect": "Allow",
        "Action": ["ecs:ExecuteCommand"],
        "Resource": [here("ecs", "cluster/shop-prod"), here("ecs", "task/shop-prod/*")],
        "Condition": {"StringEquals": {"ecs:container-name": "web"}},
    },
    {
        "Sid": "ForwardPorts",
        "Effect": "Allow",
        "Action": ["ssm:StartSession"],
        "Resource": [
            here("ecs", "task/shop-prod/*"),
            f"arn:{PARTITION}:ssm:us-east-1::document/AWS-StartPortForwardingSessionToRemoteHost",
        ],
        "Condition": {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}},
    },
    {
        "Sid": "EncryptSessions",
        "Effect": "Allow",
        "Action": ["kms:GenerateDataKey"],
        "Resource": [here("kms", "key/*")],
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": ["ecs:shop-prod_*"]}},
    },
    {
        "Sid": "StartExecution",
        "Effect": "Allow",
        "Action": ["codepipeline:StartPipelineExecution"],
        "Resource": [here("codepipeline", "shop-prod")],
    },
    {
        "Sid": "ChangeTransition",
        "Effect": "Allow",
        "Action": ["codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition"],
        "Resource": [here("codepipeline", "shop-prod/Deploy")],
    },
]
"""The statements of the operator role that the viewer role does not have."""


@pytest.mark.parametrize("people", PEOPLE)
def test_without_the_table_there_is_no_role(people: str, main: Stack) -> None:
    assert people not in main.resources("aws_iam_role")
    assert f"{people}_role_arn" not in main.json["output"]


@pytest.mark.parametrize("people", PEOPLE)
def test_only_the_principals_of_the_settings_can_assume_it(people: str, prod: System) -> None:
    stack = prod["prod-main"]

    role = stack.resources("aws_iam_role")[people]

    assert (role["name"], stack.json["output"][f"{people}_role_arn"]) == (
        f"shop-prod-{people}",
        {"value": f"${{aws_iam_role.{people}.arn}}"},
    )
    assert json.loads(role["assume_role_policy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"AWS": [OPERATOR_ARN]}, "Action": "sts:AssumeRole"}
    ]


def test_the_viewer_reads_no_secrets_and_no_state(prod: System) -> None:
    actions = {action for each in prod["prod-main"].statements("viewer") for action in each["Action"]}

    assert {action for action in actions if not action.partition(":")[2].startswith(READING)} == set()
    assert actions & DATA == set()
    assert not any("*" in action for action in actions)


def test_the_operator_has_the_permissions_of_the_viewer_and_these(prod: System) -> None:
    viewer, operator = (prod["prod-main"].statements(people) for people in PEOPLE)

    assert [each for each in operator if each not in viewer] == OPERATES
    assert [each for each in viewer if each not in operator] == []


@pytest.mark.parametrize("people", PEOPLE)
def test_a_policy_refers_to_no_other_resource(people: str, prod: System) -> None:
    """So Terraform can create the policy before the other resources."""
    text = json.dumps(prod["prod-main"].statements(people))

    assert "$" in text
    assert "$" not in text.replace(PARTITION, "").replace(ACCOUNT_ID, "")


def test_the_policies_fit_whatever_the_names(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    secrets = {f"S{number}": f"{SECRET_ARN}{number:010}" for number in range(39)}
    assert MOST_VIEWED_ARN_CHARACTERS - 100 < arn_characters(secrets.values()) <= MOST_VIEWED_ARN_CHARACTERS
    app = "a" * (NAME_LIMIT - len("-prod"))
    service = EVERYTHING.service.model_copy(update={"secrets": secrets})
    longest = EVERYTHING.model_copy(update={"app": app, "region": "ap-southeast-1", "service": service})

    stack = system(tmp_path, longest)["prod-main"]

    for people in PEOPLE:
        [policy] = stack.policies(people)
        assert len(re.sub(r"\s", "", real(policy))) <= 10_240


def test_the_permissions_of_the_viewer_name_the_resources_of_the_system(prod: System) -> None:
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
def test_the_actions_exist_and_fit_their_resources(prod: System) -> None:
    policies: dict[str, Json] = {people: json.loads(real(prod["prod-main"].policies(people)[0])) for people in PEOPLE}

    assert lint(policies) == []


def real(policy: str) -> str:
    """Return a policy as AWS gets it."""
    return policy.replace(PARTITION, "aws").replace(ACCOUNT_ID, "123456789012")
