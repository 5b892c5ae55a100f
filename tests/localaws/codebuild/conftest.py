"""Fixtures for builds: a role that CodeBuild may assume, and a build in a folder."""

from pathlib import Path

import pytest

from tests.support.localaws.aws_pipeline import REGION, clients
from tests.support.localaws.build_in_a_folder import Build
from tests.support.localaws.builds import BUCKET, put_source


@pytest.fixture(scope="session")
def role() -> str:
    clients().client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    put_source({"imageDetail.json": "{}", "sub/x.txt": "x"})
    return clients().role("builder", {"Service": "codebuild.amazonaws.com"})


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)
