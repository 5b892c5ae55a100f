"""The stack of the roles of GitHub's workflows."""

import json
from pathlib import Path

import pytest

from settings import CiSettings, PushSettings, Settings
from tests.support.synthesized import DEV, PROD, Stack, system
from tests.support.workflow_roles import ACCOUNT, PARTITION, push

CI, PUSH = CiSettings(repository="acme/shop"), PushSettings(repository="acme/app")
IN_S3 = DEV.model_copy(update={"state": PROD.state})
PROVIDER = "aws_iam_openid_connect_provider.workflows_provider_8F6CD262"
ROLES_OF_CI = {"aws_iam_role.workflows_diff_role_9DC2541D", "aws_iam_role.workflows_deploy_role_3DE80AAD"}


def test_without_ci_and_push_there_is_no_ci_stack(dev: dict[str, Stack]) -> None:
    assert set(dev) == {"dev-registry", "dev-dns", "dev-main"}


@pytest.mark.parametrize(
    ("settings", "roles", "outputs"),
    [
        (IN_S3.model_copy(update={"ci": CI}), ROLES_OF_CI, {"diff_role_arn", "deploy_role_arn"}),
        (DEV.model_copy(update={"push": PUSH}), {"aws_iam_role.push"}, {"push_role_arn"}),
        (
            IN_S3.model_copy(update={"ci": CI, "push": PUSH}),
            {*ROLES_OF_CI, "aws_iam_role.push"},
            {"diff_role_arn", "deploy_role_arn", "push_role_arn"},
        ),
    ],
    ids=["ci", "push", "both"],
)
def test_each_table_adds_roles_at_fixed_addresses(
    settings: Settings, roles: set[str], outputs: set[str], tmp_path: Path
) -> None:
    """The provider has the same address in each case. The addresses are those of version 0.1.0."""
    system(tmp_path, settings)

    stack = json.loads((tmp_path / "stacks" / "dev-ci" / "cdk.tf.json").read_text(encoding="utf-8"))
    types = ("aws_iam_role", "aws_iam_openid_connect_provider")
    assert {f"{type_}.{name}" for type_ in types for name in stack["resource"][type_]} == {PROVIDER, *roles}
    assert set(stack["output"]) == outputs


def test_the_push_role_can_push_and_follow_and_nothing_else(tmp_path: Path) -> None:
    def arn(service: str, resource: str) -> str:
        return f"arn:{PARTITION}:{service}:eu-central-1:{ACCOUNT}:{resource}"

    pushed, login, *others = push(tmp_path, DEV).statements("push")

    assert (pushed["Sid"], pushed["Resource"]) == ("PushImages", [arn("ecr", "repository/example-app-dev")])
    assert login["Action"] == ["ecr:GetAuthorizationToken"]
    assert others == [
        {
            "Sid": "FollowExecutions",
            "Effect": "Allow",
            "Action": ["codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions"],
            "Resource": [arn("codepipeline", "example-app-dev")],
        },
        {
            "Sid": "DescribeService",
            "Effect": "Allow",
            "Action": ["ecs:DescribeServices"],
            "Resource": [arn("ecs", "service/example-app-dev/example-app-dev")],
        },
        {
            "Sid": "ListTasks",
            "Effect": "Allow",
            "Action": ["ecs:ListTasks"],
            "Resource": ["*"],
            "Condition": {"ArnEquals": {"ecs:cluster": arn("ecs", "cluster/example-app-dev")}},
        },
        {
            "Sid": "DescribeTasks",
            "Effect": "Allow",
            "Action": ["ecs:DescribeTasks"],
            "Resource": [arn("ecs", "task/example-app-dev/*")],
        },
    ]


def test_the_ci_stack_reads_no_other_stack(tmp_path: Path) -> None:
    """So a person can deploy it first, and the other stacks give away no values for it."""
    stacks = system(tmp_path, IN_S3.model_copy(update={"ci": CI, "push": PUSH}))

    assert set(stacks["dev-ci"].json["data"]) == {"aws_caller_identity", "aws_partition"}
    assert [name for name in stacks["dev-main"].json["output"] if name.startswith("cross-stack")] == []
