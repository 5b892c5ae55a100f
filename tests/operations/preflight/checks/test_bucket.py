"""Tests of the check of the state bucket, and of a local state."""

from pathlib import Path

import pytest

from operations.preflight.checks import bucket
from tests.support.preflight.contexts import NOT_CHECKED, OK, PROBLEM, WARNING, StateInS3, one, stubbed

LACKING = "the credentials lack the permission s3:ListBucket"


@pytest.fixture
def case(tmp_path: Path) -> StateInS3:
    return StateInS3(tmp_path)


def test_a_versioned_bucket_is_ok(case: StateInS3) -> None:
    case.create()

    found = one(bucket.check(case.context))

    assert (found.kind, found.text) == (OK, f"the bucket {case.bucket} exists, and keeps old versions")


def test_a_bucket_without_versions_is_a_warning(case: StateInS3) -> None:
    case.create(versioned=False)

    found = one(bucket.check(case.context))

    assert (found.kind, found.text) == (
        WARNING,
        f"the bucket {case.bucket} keeps no old versions, so a damaged state cannot be restored",
    )


def test_a_missing_bucket_is_a_problem(case: StateInS3) -> None:
    found = one(bucket.check(case.context))

    assert (found.kind, found.text) == (PROBLEM, f"dev.state.bucket: the bucket {case.bucket} does not exist")
    assert found.advice == "run `make state-bucket ENV=dev`"


def test_a_bucket_in_another_region_is_a_problem(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "s3", state={"backend": "s3", "bucket": "shop-state"})
    stubs["s3"].add_response("head_bucket", {"BucketRegion": "us-east-2"})
    stubs["s3"].add_response("get_bucket_versioning", {"Status": "Enabled"})

    wrong, _ = bucket.check(context)

    assert (wrong.kind, wrong.text) == (
        PROBLEM,
        "dev.state.region: the bucket shop-state is in us-east-2, and the settings say eu-central-1",
    )
    assert wrong.advice == 'set dev.state.region = "us-east-2"'


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "403",
            f"because {LACKING} on the bucket shop-state, or the bucket belongs to another account",
        ),
        ("503", "because AWS answered HeadBucket with 503 ()"),
    ],
)
def test_a_bucket_that_cannot_be_read_is_not_checked(code: str, text: str, tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "s3", state={"backend": "s3", "bucket": "shop-state"})
    stubs["s3"].add_client_error("head_bucket", code)

    found = one(bucket.check(context))

    assert (found.kind, found.text) == (NOT_CHECKED, text)


@pytest.mark.parametrize("protect", [True, False])
def test_the_local_state_of_a_protected_environment_is_a_warning(protect: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    context, _ = stubbed(tmp_path, protect=protect)

    found = one(bucket.check(context))

    assert (found.kind, found.text) == (
        (WARNING, f"the state of a protected environment is only on this machine, in {tmp_path}")
        if protect
        else (OK, f"no bucket; the state is local, in {tmp_path}")
    )
