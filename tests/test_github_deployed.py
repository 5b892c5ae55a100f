"""The roles of the workflows at work, where moto asks IAM about every call.

moto compares actions only, neither resources nor conditions: those, tests/test_github.py holds.
https://docs.getmoto.org/en/latest/docs/iam.html
"""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import tomli_w

from localaws.server import LocalAws
from operations.plan import changes
from toolchain.cli import Cdktf

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

SETTINGS = {
    "app": "shop",
    "region": "eu-central-1",
    "domain": "shop.example.com",
    "protect": False,
    "state": {"backend": "s3", "bucket": "shop-state"},
    "ci": {"repository": "acme/shop"},
}


@contextmanager
def authorized(aws: LocalAws) -> Iterator[None]:
    """Have every call authorized, as IAM does."""

    def begin_after(calls: str) -> None:
        url, headers = f"{aws.endpoint}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        request = urllib.request.Request(url, data=calls.encode(), headers=headers)  # noqa: S310 - the test's own server
        urllib.request.urlopen(request)  # noqa: S310

    begin_after("0")
    try:
        yield
    finally:
        begin_after("inf")


def test_a_diff_may_look_and_not_deploy_and_a_deployment_may_deploy(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "environments.toml"
    file.write_text(tomli_w.dumps({"dev": SETTINGS}), encoding="utf-8")
    with LocalAws.start(tmp_path / "aws.log", region="eu-central-1") as aws:
        aws.client("s3").create_bucket(
            Bucket="shop-state", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        variables = aws.environment() | {"ENVIRONMENTS_FILE": str(file)}
        Cdktf(tmp_path, variables=variables, on_progress=lambda _: None).deploy("dev-registry", "dev-ci")

        def acting_for(role: str) -> Cdktf:
            answer = aws.client("sts").assume_role_with_web_identity(
                RoleArn=f"arn:aws:iam::123456789012:role/github-shop-dev-{role}",
                RoleSessionName="test",
                WebIdentityToken="a token of GitHub's",
            )
            credentials = {
                "AWS_ACCESS_KEY_ID": answer["Credentials"]["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": answer["Credentials"]["SecretAccessKey"],
                "AWS_SESSION_TOKEN": answer["Credentials"]["SessionToken"],
                "AWS_MAX_ATTEMPTS": "1",
            }
            return Cdktf(tmp_path, variables=variables | credentials, on_progress=lambda _: None)

        diff, deployment = acting_for("diff"), acting_for("deploy")
        file.write_text(tomli_w.dumps({"dev": SETTINGS | {"tags": {"tier": "1"}}}), encoding="utf-8")

        with authorized(aws):
            diff.synth()
            assert [change.verb for change in changes(diff.plan("dev-registry"))] == ["change"]
            assert diff.apply_plan("dev-registry") == 1
            assert "AccessDenied" in capfd.readouterr().err
            assert deployment.apply_plan("dev-registry") == 0
