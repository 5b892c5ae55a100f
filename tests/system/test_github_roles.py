"""The deployed roles of the workflows: a diff and a deployment under their sessions, as a job of GitHub has them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import tomli_w

from localaws.iam.evaluation import Request
from localaws.server import LocalAws
from modules.github.terraform_rights import READ, READ_ANY
from operations.diff.plan import changes
from rehearsal.workflow_roles import token
from tests.support import terraform_calls
from tests.support.localaws.aws_pipeline import policy
from tests.support.localaws.roles import credentials, with_web_identity
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

ACCOUNT = "123456789012"
SETTINGS = {
    "app": "shop",
    "region": "eu-central-1",
    "domain": "shop.example.com",
    "protect": False,
    "customer_managed_key": True,
    "state": {"backend": "s3", "bucket": "shop-state"},
    "ci": {"repository": "acme/shop"},
}
OWN, OTHER = (f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/{name}" for name in ("shop-dev", "other"))
STATE = "arn:aws:s3:::shop-state/dev-registry.tfstate"
CLAIMS = {
    "diff": {"sub": "repo:acme/shop:pull_request"},
    "deploy": {"sub": "repo:acme/shop:environment:dev", "ref": "refs/heads/main"},
}


def job(aws: LocalAws, role: str, **claims: str) -> dict[str, str]:
    """Return the environment of a job that has the session of a role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-{role}"
    status, answer = with_web_identity(aws, arn, token(**CLAIMS[role] | claims))
    if status != 200:
        raise PermissionError(answer["Error"]["Message"])
    return aws.environment(credentials(answer))


@contextmanager
def without(aws: LocalAws, role: str, action: str) -> Iterator[None]:
    """Take an action from a role inside of the context."""
    iam = aws.client("iam")
    deny = policy({"Effect": "Deny", "Action": action, "Resource": "*"})
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=deny)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="deny")


def denials(aws: LocalAws) -> set[tuple[str, str]]:
    """Return the role and the action of each denied request of a session."""
    return {
        (one["principal"].removeprefix(f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-"), one["action"])
        for one in aws.decisions()
        if not one["allowed"]
    }


def test_only_the_deploy_role_deploys_and_it_deploys_every_stack(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    file.write_text(tomli_w.dumps({"dev": SETTINGS}), encoding="utf-8")
    with LocalAws.start(tmp_path / "aws.log", region="eu-central-1") as aws:
        aws.client("s3").create_bucket(
            Bucket="shop-state", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )

        def cdktf(log: str, variables: dict[str, str]) -> Cdktf:
            logged = {"ENVIRONMENTS_FILE": str(file), "TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(tmp_path / log)}
            return Cdktf(tmp_path, variables=variables | logged, on_progress=lambda _: None)

        cdktf("roles", aws.environment()).deploy("dev-ci")
        with pytest.raises(PermissionError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
            job(aws, "deploy", ref="refs/heads/other")
        assert denials(aws) == {(f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com", ASSUME)}
        diff, deploy = job(aws, "diff"), job(aws, "deploy")
        with without(aws, "github-shop-dev-deploy", "ecr:CreateRepository"):
            with pytest.raises(CommandError, match=r"is not\s+(│\s+)?authorized"):
                cdktf("denied", deploy).deploy("dev-registry")
            assert ("deploy", "ecr:CreateRepository") in denials(aws)
        cdktf("first", deploy).deploy("dev-registry")
        file.write_text(tomli_w.dumps({"dev": SETTINGS | {"tags": {"tier": "1"}}}), encoding="utf-8")
        cdktf("synth", diff).synth()
        with without(aws, "github-shop-dev-diff", "ecr:GetLifecyclePolicy"):
            with pytest.raises(CommandError, match=r"ecr:GetLifecyclePolicy"):
                cdktf("blind", diff).plan("dev-registry")
            assert ("diff", "ecr:GetLifecyclePolicy") in denials(aws)
        before = len(denials(aws))
        assert [change.verb for change in changes(cdktf("diff", diff).plan("dev-registry"))] == ["change"]
        assert len(denials(aws)) == before
        assert cdktf("refused", diff).apply_plan("dev-registry") != 0
        assert ("diff", "ecr:TagResource") in denials(aws)
        cdktf("deployment", deploy).deploy("dev-registry", "dev-dns", "dev-main")
        assert changes(cdktf("nothing", diff).plan("dev-main")) == []
        assert {action for role, action in denials(aws) if role == "deploy"} == {"ecr:CreateRepository"}

        at_diff = terraform_calls.actions(tmp_path / "diff") - {"sts:GetCallerIdentity"}
        at_deployment = terraform_calls.actions(tmp_path / "deployment") - {"sts:GetCallerIdentity"}
        assert "ecr:DescribeRepositories" in at_diff
        assert at_diff <= {*READ_ANY, *READ}
        assert "ecr:TagResource" in at_deployment
        may = decisions(aws)
        for action in (action for action in at_diff | at_deployment if action.startswith("ecr:")):
            assert [may("diff", action, OTHER), may("deploy", action, OTHER)] == [False, False]
        for action, allowed in (("s3:GetObject", [True, True]), ("s3:PutObject", [False, True])):
            assert [may("diff", action, STATE), may("deploy", action, STATE)] == allowed


ASSUME = "sts:AssumeRoleWithWebIdentity"


def decisions(aws: LocalAws) -> Callable[[str, str, str], bool]:
    """Return a function that asks IAM whether a role may use an action on a resource."""

    def may(role: str, action: str, resource: str) -> bool:
        principal, request = f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-{role}", Request(action, resource)
        return aws.decide(principal, request, account=ACCOUNT, region=aws.region).allowed

    return may
