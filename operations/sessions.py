"""Sessions of boto3 for an environment: its region, its role, its account."""

from typing import Any

import boto3
import botocore.session
from botocore.credentials import RefreshableCredentials

from settings import Settings
from tools.outside import OutsideError


def session(settings: Settings, name: str, *, region: str | None = None) -> boto3.Session:
    """Return a session with the credentials of the caller, or of `role_arn` if the environment has one.

    The credentials of the role are renewed when they expire, because a wait can take longer than they are valid.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

    Args:
        settings: The environment.
        name: The name of the role session, which CloudTrail shows.
        region: Another region than that of the environment.

    Raises:
        OutsideError: The credentials belong to another account than `account_id`.
        ClientError: The role cannot be assumed.
    """
    made = boto3.Session(region_name=region or settings.region)
    if settings.role_arn:
        made = _assumed(made, settings.role_arn, name)
    if settings.account_id:
        caller = made.client("sts").get_caller_identity()
        if caller["Account"] != settings.account_id:
            raise OutsideError(
                f"{settings.environment}.account_id: the credentials must belong to account {settings.account_id}, "
                f"got {caller['Arn']}; use other credentials, or set {settings.environment}.role_arn"
            )
    return made


def _assumed(caller: boto3.Session, role_arn: str, name: str) -> boto3.Session:
    sts = caller.client("sts")

    def fetch() -> dict[str, Any]:
        found = sts.assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }

    own = botocore.session.get_session()
    own._credentials = RefreshableCredentials.create_from_metadata(fetch(), fetch, "sts-assume-role")
    return boto3.Session(region_name=caller.region_name, botocore_session=own)
