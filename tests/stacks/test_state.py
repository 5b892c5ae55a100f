"""The bucket for Terraform's state, and how it is made."""

import json
import subprocess
import sys
from pathlib import Path

import cdktf
import pytest

from localaws.server import LocalAws
from operations.diff.plan import changes
from stacks.state import StateStack
from tests.support.synthesized import KEY_ARN, PROD, ROOT, Stack, synthesize
from tools.toolchain.cli import Cdktf

BUCKET = "${aws_s3_bucket.bucket.id}"
SETTINGS = """
[dev]
app = "shop"
region = "eu-central-1"
domain = "dev.example.com"

[live]
app = "shop"
region = "eu-central-1"
domain = "www.example.com"
state = { backend = "s3", bucket = "shop-state", region = "us-east-2" }
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The stack of the bucket, for a system that keeps its state in S3 under a key."""
    outdir = tmp_path_factory.mktemp("state")

    def declare(app: cdktf.App) -> None:
        StateStack(app, "prod-state", settings=PROD, s3_use_path_style=False)

    return synthesize(outdir, declare)["prod-state"]


def test_its_own_state_lies_here_and_it_stands_in_the_region_of_the_state(state: Stack) -> None:
    assert state.json["terraform"]["backend"] == {"local": {"path": "../../../terraform.prod-state.tfstate"}}
    assert state.json["provider"]["aws"][0]["region"] == "us-east-2"


def test_terraform_never_destroys_it(state: Stack) -> None:
    assert state.resource("aws_s3_bucket") == {
        "bucket": "shop-state",
        "force_destroy": False,
        "lifecycle": {"prevent_destroy": True},
    }


def test_it_keeps_what_was_overwritten_for_90_days(state: Stack) -> None:
    assert state.resource("aws_s3_bucket_versioning") == {
        "bucket": BUCKET,
        "versioning_configuration": {"status": "Enabled"},
    }
    assert state.resource("aws_s3_bucket_lifecycle_configuration") == {
        "bucket": BUCKET,
        "rule": [
            {
                "id": "forget",
                "status": "Enabled",
                "filter": [{"prefix": ""}],
                "noncurrent_version_expiration": [{"noncurrent_days": 90}],
                "abort_incomplete_multipart_upload": [{"days_after_initiation": 1}],
            }
        ],
        "depends_on": ["aws_s3_bucket_versioning.bucket_versioning"],
    }


def test_it_is_encrypted_with_the_key_of_the_state(state: Stack) -> None:
    assert state.resource("aws_s3_bucket_server_side_encryption_configuration") == {
        "bucket": BUCKET,
        "rule": [
            {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY_ARN},
                "bucket_key_enabled": True,
            }
        ],
    }


def test_it_speaks_tls_only_and_is_never_public(state: Stack) -> None:
    policy = state.resource("aws_s3_bucket_policy")
    arn = "${aws_s3_bucket.bucket.arn}"

    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    assert state.resource("aws_s3_bucket_public_access_block") == {
        "bucket": BUCKET,
        "block_public_acls": True,
        "block_public_policy": True,
        "ignore_public_acls": True,
        "restrict_public_buckets": True,
    }


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_state_moves_into_a_bucket_that_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "environments.toml"
    file.write_text(SETTINGS.replace('backend = "s3"', 'backend = "local"'), encoding="utf-8")
    with LocalAws.start(tmp_path / "aws.log", region="us-east-2") as aws:
        variables = aws.environment() | {"ENVIRONMENTS_FILE": str(file), "CDKTF_OUTPUT": str(tmp_path / "cdktf.out")}
        cdktf = Cdktf(tmp_path, variables=variables, on_progress=lambda _: None)

        def make(environment: str) -> tuple[int, str]:
            process = subprocess.run(
                [sys.executable, "-m", "operations.state_bucket", environment],
                cwd=ROOT,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
            return process.returncode, process.stdout + process.stderr

        cdktf.deploy("live-registry")
        assert make("live") == (1, "✗ live.state.backend is 'local': a bucket is made for 's3' only\n")
        assert make("nowhere") == (1, "✗ environments.toml: has no environment nowhere, only dev, live\n")

        file.write_text(SETTINGS, encoding="utf-8")
        made = "The bucket shop-state is made: versioned, encrypted, TLS only, without public access.\n"
        assert make("live") == (0, made)
        there = "The bucket shop-state is there already; nothing was done.\n"
        assert make("live") == (0, there)

        s3 = aws.client("s3")
        s3.put_bucket_versioning(Bucket="shop-state", VersioningConfiguration={"Status": "Suspended"})
        s3.delete_public_access_block(Bucket="shop-state")
        state_file = tmp_path / "terraform.live-state.tfstate"
        held = state_file.rename(tmp_path / "held")
        code, output = make("live")
        assert code == 1
        assert output.startswith("✗ live.state.bucket: must be a bucket that is in us-east-2, versioned, TLS only,")
        assert "'shop-state' is there already and is not versioned, not without public access: where it was" in output
        file.write_text(SETTINGS.replace('region = "us-east-2"', 'region = "eu-west-1"'), encoding="utf-8")
        assert "and is not in eu-west-1, not versioned" in make("live")[1]
        file.write_text(SETTINGS.replace("shop-state", "shop-other"), encoding="utf-8")
        held.rename(state_file)
        code, output = make("live")
        assert code == 1
        assert output.startswith("✗ live.state.bucket: must stay 'shop-state', the bucket that was made from here")
        file.write_text(SETTINGS, encoding="utf-8")
        assert make("live") == (0, made)
        state_file.unlink()
        assert make("live") == (0, there)
        assert aws.client("s3").get_bucket_versioning(Bucket="shop-state")["Status"] == "Enabled"

        cdktf.move_state("live-registry")
        assert changes(cdktf.plan("live-registry")) == []
        [moved] = aws.client("s3").list_objects_v2(Bucket="shop-state")["Contents"]
        assert moved["Key"] == "live-registry.tfstate"
