"""What the workflows of a GitHub repository may do, and who is one of them."""

import json
from pathlib import Path

import pytest

from settings import CiSettings, Settings
from tests.synthesized import DEV, KEY_ARN, PROD, Json, Stack, system

PROVIDER_ARN = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
CLAIM = "token.actions.githubusercontent.com"
STATE = "arn:${data.aws_partition.workflows_partition.partition}:s3:::shop-state"


def ci(outdir: Path, settings: Settings, **of_ci: str) -> Stack:
    """The `ci` stack of an environment of whose state is in S3."""
    given = {
        "ci": CiSettings.model_validate({"repository": "acme/shop", **of_ci}),
        "state": PROD.state,
        "role_arn": None,
    }
    return system(outdir, settings.model_copy(update=given))[f"{settings.environment}-ci"]


@pytest.fixture(scope="module")
def dev_ci(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return ci(tmp_path_factory.mktemp("ci"), DEV)


def trust(stack: Stack, role: str) -> Json:
    [statement] = json.loads(stack.resources("aws_iam_role")[f"workflows_{role}_role"]["assume_role_policy"])[
        "Statement"
    ]
    found: Json = statement
    return found


def statement(stack: Stack, role: str, sid: str) -> Json:
    [found] = [each for each in stack.statements(f"workflows_{role}_role") if each["Sid"] == sid]
    return found


def test_the_diff_role_trusts_the_repositorys_pull_requests_and_its_branch(dev_ci: Stack) -> None:
    assert trust(dev_ci, "diff") == {
        "Effect": "Allow",
        "Principal": {"Federated": "${aws_iam_openid_connect_provider.workflows_provider.arn}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{CLAIM}:aud": "sts.amazonaws.com",
                f"{CLAIM}:sub": ["repo:acme/shop:pull_request", "repo:acme/shop:ref:refs/heads/main"],
            }
        },
    }


def test_the_deploy_role_trusts_the_branch_in_the_environment(dev_ci: Stack) -> None:
    assert trust(dev_ci, "deploy")["Condition"] == {
        "StringEquals": {
            f"{CLAIM}:aud": "sts.amazonaws.com",
            f"{CLAIM}:sub": "repo:acme/shop:environment:dev",
            f"{CLAIM}:ref": "refs/heads/main",
        }
    }


def test_a_repository_of_today_is_known_by_its_ids_and_a_branch_by_its_name(tmp_path: Path) -> None:
    stack = ci(tmp_path, DEV, repository="acme@12/shop@345", branch="release/1")

    assert trust(stack, "deploy")["Condition"]["StringEquals"] == {
        f"{CLAIM}:aud": "sts.amazonaws.com",
        f"{CLAIM}:sub": "repo:acme@12/shop@345:environment:dev",
        f"{CLAIM}:ref": "refs/heads/release/1",
    }


def test_the_accounts_provider_for_github_is_created(dev_ci: Stack) -> None:
    assert dev_ci.resource("aws_iam_openid_connect_provider") == {
        "client_id_list": ["sts.amazonaws.com"],
        "url": "https://token.actions.githubusercontent.com",
    }


def test_an_existing_provider_is_used_instead(tmp_path: Path) -> None:
    stack = ci(tmp_path, DEV, oidc_provider_arn=PROVIDER_ARN)

    assert stack.resources("aws_iam_openid_connect_provider") == {}
    assert {trust(stack, role)["Principal"]["Federated"] for role in ("diff", "deploy")} == {PROVIDER_ARN}


def test_the_diff_role_reads_how_things_are_and_not_what_they_hold(dev_ci: Stack) -> None:
    look = statement(dev_ci, "diff", "Look")

    verbs = {action.partition(":")[2] for action in look["Action"]}
    assert {verb for verb in verbs if not verb.startswith(("Describe", "List", "Get", "BatchGetProjects"))} == set()
    holding = {"s3:GetObject", "ecr:BatchGetImage", "logs:GetLogEvents", "secretsmanager:GetSecretValue", "s3:Get*"}
    assert holding & set(look["Action"]) == set()
    assert [action for action in look["Action"] if action.endswith(":*")] == []


def test_the_diff_role_reads_and_locks_the_environments_state_and_no_other(dev_ci: Stack) -> None:
    files = [f"{STATE}/shop/dev-{stack}.tfstate" for stack in ("registry", "dns", "main")]
    assert statement(dev_ci, "diff", "ReadState") == {
        "Sid": "ReadState",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": files,
    }
    assert statement(dev_ci, "diff", "LockState") == {
        "Sid": "LockState",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        "Resource": [f"{file}.tflock" for file in files],
    }
    assert statement(dev_ci, "diff", "DecryptState") == {
        "Sid": "DecryptState",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [KEY_ARN],
    }


def test_the_deploy_role_makes_the_systems_roles_and_not_its_own(dev_ci: Stack) -> None:
    roles = (
        "arn:${data.aws_partition.workflows_partition.partition}:iam::"
        "${data.aws_caller_identity.workflows_account.account_id}:role/example-app-dev-*"
    )
    statements = {each["Sid"]: each for each in dev_ci.statements("workflows_deploy_role")}

    assert {sid: each["Resource"] for sid, each in statements.items() if "iam:" in str(each["Action"])} == {
        "MakeRoles": [roles],
        "PassRoles": [roles],
        "LinkServices": ["*"],
    }
    assert statements["PassRoles"]["Condition"] == {
        "StringEquals": {
            "iam:PassedToService": [
                "codebuild.amazonaws.com",
                "codepipeline.amazonaws.com",
                "ecs-tasks.amazonaws.com",
                "events.amazonaws.com",
            ]
        }
    }
    assert statements["LinkServices"]["Condition"] == {
        "StringEquals": {
            "iam:AWSServiceName": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "rds.amazonaws.com"]
        }
    }
    assert {role["name"] for role in dev_ci.resources("aws_iam_role").values()} == {
        "github-example-app-dev-diff",
        "github-example-app-dev-deploy",
    }


def test_the_deploy_role_works_in_the_services_of_the_system(dev_ci: Stack, dev: dict[str, Stack]) -> None:
    services = {action.removesuffix(":*") for action in statement(dev_ci, "deploy", "Deploy")["Action"]}

    families = {type_.split("_")[1] for stack in dev.values() for type_ in stack.json["resource"]}
    of_families = {
        "acm": "acm",
        "cloudwatch": "events",
        "codebuild": "codebuild",
        "codepipeline": "codepipeline",
        "db": "rds",
        "ecr": "ecr",
        "ecs": "ecs",
        "lb": "elasticloadbalancing",
        "route53": "route53",
        "s3": "s3",
        "iam": "iam",
    }
    assert {of_families.get(family, "ec2") for family in families} - services == {"iam"}


def test_without_ci_there_is_no_such_stack(dev: dict[str, Stack]) -> None:
    assert set(dev) == {"dev-registry", "dev-dns", "dev-main"}
