"""Tests of the check of the region: enabled, not enabled, unknown."""

from pathlib import Path

import pytest

from operations.preflight.checks import region
from tests.support.preflight.contexts import OK, PROBLEM, in_local_aws


def test_a_region_that_is_enabled_is_ok(tmp_path: Path) -> None:
    [found] = region.check(in_local_aws(tmp_path))

    assert (found.kind, found.text) == (OK, "eu-central-1 is enabled in the account")


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("ap-east-1", "ap-east-1 is not enabled in the account", "aws account enable-region --region-name ap-east-1"),
        ("eu-central-9", "AWS has no region eu-central-9 for this account", "set dev.region to one of af-south-1, "),
    ],
)
def test_another_region_is_a_problem(name: str, text: str, advice: str, tmp_path: Path) -> None:
    [found] = region.check(in_local_aws(tmp_path, region=name))

    assert (found.kind, found.text) == (PROBLEM, f"dev.region: {text}")
    assert advice in found.advice
