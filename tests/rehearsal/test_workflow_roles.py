"""The sessions of the workflows' roles in a rehearsal; tests/system/test_github_roles.py deploys under them."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from localaws import clients as local_clients
from rehearsal.deployment import Deployment
from rehearsal.workflow_roles import ISSUER, WorkflowRoles
from settings import CiSettings
from tests.support.localaws.aws_pipeline import ACCOUNT, clients, policy
from tests.support.synthesized import DEV
from tools.toolchain.cli import Cdktf, Planned

SETTINGS = DEV.model_copy(update={"ci": CiSettings(repository="acme/shop", branch="release")})
SUBJECTS = {
    "diff": {"sub": "repo:acme/shop:pull_request"},
    "deploy": {"sub": "repo:acme/shop:environment:dev", "ref": "refs/heads/release"},
}


@pytest.fixture(scope="module")
def github() -> Iterator[str]:
    """The ARN of the account's OIDC provider for GitHub."""
    iam = clients().client("iam")
    made = iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])
    yield made["OpenIDConnectProviderArn"]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])


@pytest.fixture(scope="module")
def arns(github: str) -> dict[str, str]:
    """Return the ARNs of two roles that trust the jobs of a repository, by the names of the stack's outputs."""
    iam = clients().client("iam")
    made = {}
    for name, claims in SUBJECTS.items():
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": github},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{ISSUER}:{claim}": value for claim, value in claims.items()}},
        }
        role = iam.create_role(RoleName=f"workflows-{name}", AssumeRolePolicyDocument=policy(trust))["Role"]
        made[f"{name}_role_arn"] = role["Arn"]
    return made


class OutputsOnly:
    """A deployment with the outputs of the stack, which records the credentials that it gets."""

    def __init__(self, arns: dict[str, str], settings: Any) -> None:
        self.aws, self.settings = clients().local, settings
        self.cdktf = SimpleNamespace(outputs=lambda _: arns)
        self.got: dict[str, ReadOnlyCredentials] = {}

    def act_as(self, **keys: ReadOnlyCredentials) -> None:
        self.got = keys


def test_plans_and_deployments_get_sessions_of_their_roles(arns: dict[str, str]) -> None:
    deployment = OutputsOnly(arns, SETTINGS)

    said = WorkflowRoles(cast(Deployment, deployment)).assume()

    local = clients().local
    who = {
        name: local_clients.client(
            local_clients.session(key), "sts", region=local.region, endpoint=local.endpoint
        ).get_caller_identity()["Arn"]
        for name, key in deployment.got.items()
    }
    assert said == "workflows-diff, workflows-deploy"
    assert who == {
        "planner": f"arn:aws:sts::{ACCOUNT}:assumed-role/workflows-diff/rehearsal",
        "deployer": f"arn:aws:sts::{ACCOUNT}:assumed-role/workflows-deploy/rehearsal",
    }


def test_roles_that_trust_another_branch_are_not_assumed(arns: dict[str, str]) -> None:
    settings = SETTINGS.model_copy(update={"ci": CiSettings(repository="acme/shop", branch="main")})

    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        WorkflowRoles(cast(Deployment, OutputsOnly(arns, settings))).assume()


def test_plans_are_made_by_the_planner_and_deployments_by_the_deployer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str]] = []

    def note(call: str, result: object) -> None:
        def called(cdktf: Cdktf, *_: object) -> object:
            seen.append((call, cdktf.variables["AWS_ACCESS_KEY_ID"]))
            return result

        monkeypatch.setattr(Cdktf, call, called)

    note("make_plans", {"dev-main": Planned()})
    note("synth", None)
    note("deploy", 0)
    note("apply_plan", None)
    deployment = Deployment(clients().local, tmp_path, settings=DEV, on_progress=lambda _: None)

    deployment.act_as(planner=ReadOnlyCredentials("p", "x", None), deployer=ReadOnlyCredentials("d", "x", None))
    deployment.expect_no_changes("dev-main")
    deployment.deploy()
    deployment.apply_changes()

    assert seen == [("make_plans", "p"), ("deploy", "d"), ("synth", "p"), ("make_plans", "p"), ("apply_plan", "d")]
