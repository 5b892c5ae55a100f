"""Regions, account ids and ARNs of the partition `aws`."""

from pathlib import Path

import pytest

from settings import load
from tests.support.settings_files import MINIMAL, refusal, with_line, written
from tests.support.synthesized import KEY_ARN, POLICY_ARN, PROVIDER_ARN, ROLE_ARN

A_PRINCIPAL = (
    "must be the ARN of one IAM role or user such as arn:aws:iam::123456789012:role/operator, without wildcards; "
    "not the ARN of an account, of a session or of a group"
)
A_REGION = "must be a region of the partition aws such as eu-central-1"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('region = "Frankfurt"', f"dev.region: {A_REGION}, got 'Frankfurt'"),
        ('region = "eu-central-1a"', f"dev.region: {A_REGION}, got 'eu-central-1a'"),
        ('region = "cn-north-1"', f"dev.region: {A_REGION}, got 'cn-north-1'"),
        ('region = "us-gov-west-1"', f"dev.region: {A_REGION}, got 'us-gov-west-1'"),
        ('region = "us-isof-south-1"', f"dev.region: {A_REGION}, got 'us-isof-south-1'"),
        ('region = "eu-isoe-west-1"', f"dev.region: {A_REGION}, got 'eu-isoe-west-1'"),
        ('region = "eusc-de-east-1"', f"dev.region: {A_REGION}, got 'eusc-de-east-1'"),
        ('account_id = "12345678901"', "dev.account_id: must be the 12 digits of an AWS account, got '12345678901'"),
        ("account_id = 123456789012", "dev.account_id: must be a valid string, got 123456789012"),
        (
            'role_arn = "deploy"',
            ("dev.role_arn: must be the ARN of a role such as arn:aws:iam::123456789012:role/deploy, got 'deploy'"),
        ),
        (
            'role_arn = "arn:aws-us-gov:iam::123456789012:role/deploy"',
            (
                "dev.role_arn: must be the ARN of a role such as arn:aws:iam::123456789012:role/deploy, "
                "got 'arn:aws-us-gov:iam::123456789012:role/deploy'"
            ),
        ),
        (
            'permissions_boundary_arn = "arn:aws:iam::123456789012:role/boundary"',
            (
                "dev.permissions_boundary_arn: must be the ARN of a managed policy such as "
                "arn:aws:iam::123456789012:policy/boundary, got 'arn:aws:iam::123456789012:role/boundary'"
            ),
        ),
        (
            'hosted_zone_id = "example.com"',
            ("dev.hosted_zone_id: must be the id of a hosted zone such as Z0123456789ABCDEFGHIJ, got 'example.com'"),
        ),
        ('state.region = "Ohio"', f"dev.state.region: {A_REGION}, got 'Ohio'"),
        # Terraform's backend takes a UUID only, which this is not; found by the property tests.
        (
            f'state.kms_key_arn = "{KEY_ARN.replace("96ef", "56ef")}"',
            (
                "dev.state.kms_key_arn: must be the ARN of a KMS key such as "
                "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab, "
                "got 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'"
            ),
        ),
        (
            'state.kms_key_arn = "alias/x"',
            (
                "dev.state.kms_key_arn: must be the ARN of a KMS key such as "
                "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab, got 'alias/x'"
            ),
        ),
        (
            'service.secrets.TOKEN = "hunter2"',
            (
                "dev.service.secrets.TOKEN: must be the full ARN of a Secrets Manager secret or of an SSM parameter, "
                "got 7 characters, not shown"
            ),
        ),
        *(
            (f'viewer.principals = ["{arn}"]', f"dev.viewer.principals: {A_PRINCIPAL}, got '{arn}'")
            for arn in (
                "*",
                "operator",
                "123456789012",
                "arn:aws:iam::123456789012:root",
                "arn:aws:iam::123456789012:group/operators",
                "arn:aws:iam::123456789012:role/*",
                "arn:aws:iam::123456789012:role/oper?tor",
                "arn:aws:iam::*:role/operator",
                "arn:aws:iam::123456789012:role/a/../operator",
                "arn:aws:sts::123456789012:assumed-role/operator/anna",
                "arn:aws-cn:iam::123456789012:role/operator",
            )
        ),
        (
            'push = { repository = "o/n", oidc_provider_arn = "x" }',
            (
                "dev.push.oidc_provider_arn: must be an ARN such as "
                "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com, got 'x'"
            ),
        ),
        (
            'ci = { repository = "o/n", oidc_provider_arn = "x" }',
            (
                "dev.ci.oidc_provider_arn: must be an ARN such as "
                "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com, got 'x'"
            ),
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_a_role_must_belong_to_the_account(tmp_path: Path) -> None:
    text = f'{MINIMAL}account_id = "210987654321"\nrole_arn = "{ROLE_ARN}"\n'

    assert refusal(written(tmp_path, text)) == [
        f"dev.role_arn: must be a role in the account of account_id (210987654321), got '{ROLE_ARN}'"
    ]


def test_a_boundary_must_belong_to_the_account_or_to_aws(tmp_path: Path) -> None:
    text = f'{MINIMAL}account_id = "210987654321"\npermissions_boundary_arn = "{{}}"\n'

    [line] = refusal(written(tmp_path, text.format(POLICY_ARN)))

    rule = "must be a policy of AWS, or a policy in the account of account_id (210987654321)"
    assert line == f"dev.permissions_boundary_arn: {rule}, got '{POLICY_ARN}'"
    assert load(written(tmp_path, text.format("arn:aws:iam::aws:policy/PowerUserAccess")))


@pytest.mark.parametrize("table", ["ci", "push"])
def test_the_github_provider_must_belong_to_the_account(table: str, tmp_path: Path) -> None:
    given = f'{{ repository = "o/n", oidc_provider_arn = "{PROVIDER_ARN}" }}'
    state = 'state = { backend = "s3", bucket = "shop-state" }'

    [line] = refusal(written(tmp_path, f'{MINIMAL}account_id = "210987654321"\n{state}\n{table} = {given}\n'))
    fault = "oidc_provider_arn must name a provider in the account of account_id (210987654321)"
    assert line.startswith(f"dev.{table}: {fault}, got {{")


def test_a_principal_can_be_a_user_or_a_role_of_identity_center(tmp_path: Path) -> None:
    arns = [
        "arn:aws:iam::210987654321:user/staff/anna",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_View_0123456789abcdef",
    ]

    [settings] = load(written(tmp_path, f"{MINIMAL}viewer.principals = {arns}\n"))

    assert settings.viewer
    assert settings.viewer.principals == arns
