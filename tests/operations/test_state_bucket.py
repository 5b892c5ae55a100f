"""Tests of `make state-bucket`, and of moving state into the bucket."""

import sys
from pathlib import Path

import pytest

from localaws.server import LocalAws
from operations import state_bucket
from operations.diff.plan import changes
from tools.toolchain.cli import Cdktf

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


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_state_moves_into_a_bucket_that_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "environments.toml"
    file.write_text(SETTINGS.replace('backend = "s3"', 'backend = "local"'), encoding="utf-8")
    with LocalAws.start(tmp_path / "aws.log", region="us-east-2") as aws:
        variables = aws.environment() | {"ENVIRONMENTS_FILE": str(file), "CDKTF_OUTPUT": str(tmp_path / "cdktf.out")}
        cdktf = Cdktf(tmp_path, variables=variables, on_progress=lambda _: None)

        for name, value in variables.items():
            monkeypatch.setenv(name, value)

        def make(environment: str) -> tuple[int, str]:
            monkeypatch.setattr(sys, "argv", ["make state-bucket", environment])
            capsys.readouterr()
            code = state_bucket.main()
            said = capsys.readouterr()
            return code, said.out + said.err

        cdktf.deploy("live-registry")
        refused = "✗ live.state.backend: must be 's3' for an environment with a state bucket, got 'local'\n"
        assert make("live") == (1, refused)
        unknown = f"✗ {file}: unknown environment nowhere; known environments: dev, live\n"
        assert make("nowhere") == (1, unknown)

        file.write_text(SETTINGS, encoding="utf-8")
        made = "Made the bucket shop-state: versioned, encrypted, TLS only, without public access.\n"
        assert make("live") == (0, made)
        there = "The bucket shop-state exists already; nothing was done.\n"
        assert make("live") == (0, there)

        s3 = aws.client("s3")
        s3.put_bucket_versioning(Bucket="shop-state", VersioningConfiguration={"Status": "Suspended"})
        s3.delete_public_access_block(Bucket="shop-state")
        state_file = tmp_path / "terraform.live-state.tfstate"
        held = state_file.rename(tmp_path / "held")
        code, output = make("live")
        assert code == 1
        assert output.startswith(
            "✗ live.state.bucket: must be a bucket with the region us-east-2, versioning, a TLS-only"
        )
        assert "'shop-state' exists without versioning, a public access block. If `make" in output
        file.write_text(SETTINGS.replace('region = "us-east-2"', 'region = "eu-west-1"'), encoding="utf-8")
        assert "exists without the region eu-west-1, versioning" in make("live")[1]
        file.write_text(SETTINGS.replace("shop-state", "shop-other"), encoding="utf-8")
        held.rename(state_file)
        code, output = make("live")
        assert code == 1
        assert output.startswith("✗ live.state.bucket: must stay 'shop-state', the bucket in terraform.live-state.")
        file.write_text(SETTINGS, encoding="utf-8")
        whole = state_file.read_text()
        state_file.write_text('{"resources": [{"type"')
        code, output = make("live")
        assert code == 1
        assert output.startswith(f"✗ {state_file}: is not JSON (")
        state_file.write_text(whole)
        assert make("live") == (0, made)
        state_file.unlink()
        assert make("live") == (0, there)
        assert aws.client("s3").get_bucket_versioning(Bucket="shop-state")["Status"] == "Enabled"

        cdktf.move_state("live-registry")
        assert changes(cdktf.plan("live-registry")) == []
        [moved] = aws.client("s3").list_objects_v2(Bucket="shop-state")["Contents"]
        assert moved["Key"] == "live-registry.tfstate"
