"""The deployed roles of the workflows: IAM's decisions on Terraform's calls in a diff and in a deployment."""

from pathlib import Path

import pytest
import tomli_w

from localaws.iam.evaluation import Request
from localaws.server import LocalAws
from modules.github.terraform_rights import READ, READ_ANY
from operations.diff.plan import changes
from tests.support import terraform_calls
from tools.toolchain.cli import Cdktf

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

ACCOUNT = "123456789012"
SETTINGS = {
    "app": "shop",
    "region": "eu-central-1",
    "domain": "shop.example.com",
    "protect": False,
    "state": {"backend": "s3", "bucket": "shop-state"},
    "ci": {"repository": "acme/shop"},
}
OWN, OTHER = (f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/{name}" for name in ("shop-dev", "other"))
STATE = "arn:aws:s3:::shop-state/dev-registry.tfstate"


def test_the_diff_role_cannot_deploy_and_the_deploy_role_can(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    file.write_text(tomli_w.dumps({"dev": SETTINGS}), encoding="utf-8")
    with LocalAws.start(tmp_path / "aws.log", region="eu-central-1") as aws:
        aws.client("s3").create_bucket(
            Bucket="shop-state", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        variables = aws.environment() | {"ENVIRONMENTS_FILE": str(file), "TF_LOG_PROVIDER": "DEBUG"}

        def cdktf(log: str) -> Cdktf:
            logged = variables | {"TF_LOG_PATH": str(tmp_path / log)}
            return Cdktf(tmp_path, variables=logged, on_progress=lambda _: None)

        cdktf("first").deploy("dev-registry", "dev-ci")
        file.write_text(tomli_w.dumps({"dev": SETTINGS | {"tags": {"tier": "1"}}}), encoding="utf-8")
        cdktf("synth").synth()
        assert [change.verb for change in changes(cdktf("diff").plan("dev-registry"))] == ["change"]
        deployment = cdktf("deployment")
        deployment.initialize("dev-registry")
        assert deployment.apply_plan("dev-registry") == 0

        def may(role: str, action: str, resource: str) -> bool:
            principal, request = f"arn:aws:iam::{ACCOUNT}:role/github-shop-dev-{role}", Request(action, resource)
            return aws.decide(principal, request, account=ACCOUNT, region=aws.region).allowed

        at_diff = terraform_calls.actions(tmp_path / "diff") - {"sts:GetCallerIdentity"}
        at_deployment = terraform_calls.actions(tmp_path / "deployment") - {"sts:GetCallerIdentity"}
        assert "ecr:DescribeRepositories" in at_diff
        assert at_diff <= {*READ_ANY, *READ}
        assert "ecr:TagResource" in at_deployment
        for action in at_diff | at_deployment:
            looks = action in at_diff
            assert [may("diff", action, OWN), may("deploy", action, OWN)] == [looks, True]
            assert [may("diff", action, OTHER), may("deploy", action, OTHER)] == [False, False]
        for action, allowed in (("s3:GetObject", [True, True]), ("s3:PutObject", [False, True])):
            assert [may("diff", action, STATE), may("deploy", action, STATE)] == allowed
