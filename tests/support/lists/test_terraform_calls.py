"""The messages about the lists of Terraform's actions and of the roles' permissions."""

import pytest

from modules.github.terraform_rights import WRITE
from tests.support.rights import NOT_EXERCISED, Right, unexplained
from tests.support.terraform_calls import allowed, not_allowed, not_listed


@pytest.mark.parametrize(
    ("action", "line"),
    [
        ("gamelift:DescribeAlias", 'READ: add DescribeAlias to "gamelift"'),
        ("ec2:DescribeVolumes", 'READ_ANY: add DescribeVolumes to "ec2"'),
        ("amplify:CreateApp", 'CREATE: add CreateApp to "amplify"'),
        ("gamelift:DeleteAlias", 'WRITE: add DeleteAlias to "gamelift"'),
    ],
)
def test_an_action_that_terraform_calls_is_named_with_its_list(action: str, line: str) -> None:
    assert not_allowed([action, "s3:GetBucketPolicy"]) == [f"modules/github/terraform_rights.py, {line}"]


def test_an_action_that_terraform_does_not_call_needs_a_reason() -> None:
    without, *others = sorted(set(WRITE))
    [line] = not_listed([], allowed() - {without})

    assert line.startswith(f'tests/support/terraform_calls.py, NOT_ASKED: add "{without}" if Terraform needs')
    assert not_listed([without], allowed()) == [
        f'tests/support/terraform_calls.py, NOT_ASKED: remove "{without}"; nothing needs it'
    ]
    assert not_listed([without], {*others, *(allowed() - {without})}) == []


def test_a_permission_that_no_rehearsal_uses_needs_a_reason() -> None:
    [line] = unexplained({*NOT_EXERCISED, Right("pipeline", "ReadUploads", "s3:GetObject")})

    assert line.startswith(
        'tests/support/rights.py, NOT_EXERCISED: add Right("pipeline", "ReadUploads", "s3:GetObject"): <AWS\'s page'
    )
