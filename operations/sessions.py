"""Sessions of boto3 for an environment, with its region, its role and its account; and the caller of AWS."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials

from operations import command
from operations.clients import Clients
from settings import Settings
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_sts import STSClient


IMPATIENT = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 2, "mode": "standard"})
"""The configuration of clients that give up early: what takes long is reported as not checked or as not read.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""


@dataclass(frozen=True)
class Caller:
    """The owner of the credentials."""

    account: str
    arn: str
    client: Clients
    """The clients with the credentials."""


def identify(settings: Settings, name: str) -> Caller:
    """Return the caller, with clients that give up early.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

    Args:
        settings: The environment.
        name: The name of the role session, which CloudTrail shows.

    Raises:
        OutsideError: There are no credentials, or the credentials do not belong to the account `account_id`.
        ClientError: AWS does not accept the credentials, or the role cannot be assumed.
    """
    command.require_credentials()
    with command.aws_configuration():
        made = session(settings, name, config=IMPATIENT)
    client = Clients(made)
    sts: STSClient = client("sts")
    caller = sts.get_caller_identity()
    return Caller(caller["Account"], caller["Arn"], client)


def heading(settings: Settings, caller: Caller | None) -> str:
    """Return the first lines of an answer: the environment, the account and the region, and the caller if known."""
    account = f"account {caller.account}" if caller else "unknown account"
    place = f"{settings.environment}: {account}, region {settings.region}"
    return f"{place}\n{caller.arn}" if caller else place


def session(settings: Settings, name: str, *, region: str | None = None, config: Config | None = None) -> boto3.Session:
    """Return a session with the credentials of the caller, or of the role in `role_arn` if it is set.

    The session renews the credentials of the role when they expire, because a program can run for a longer
    time than they are valid.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

    Args:
        settings: The environment.
        name: The name of the role session, which CloudTrail shows.
        region: The region of the session. The default is the region of the environment.
        config: The configuration of the clients, also of those that assume the role and check the account.

    Raises:
        OutsideError: The credentials do not belong to the account `account_id`.
        ClientError: The role cannot be assumed.
    """
    made = boto3.Session(region_name=region or settings.region, botocore_session=_botocore_session(config))
    if settings.role_arn:
        made = _assume_role(made, settings.role_arn, name, config)
    if settings.account_id:
        sts: STSClient = made.client("sts")
        caller = sts.get_caller_identity()
        if caller["Account"] != settings.account_id:
            raise OutsideError(
                f"{settings.environment}.account_id: the credentials must belong to account {settings.account_id}, "
                f"got {caller['Arn']}; use other credentials, or set {settings.environment}.role_arn"
            )
    return made


@dataclass(frozen=True)
class _AssumedRole:
    """A credential provider for botocore, which assumes a role."""

    sts: "STSClient"
    arn: str
    session_name: str

    def load_credentials(self) -> RefreshableCredentials:
        """Return the credentials. botocore calls this once per session."""
        return RefreshableCredentials.create_from_metadata(self._fetch(), self._fetch, "sts-assume-role")

    def _fetch(self) -> dict[str, str]:
        found = self.sts.assume_role(RoleArn=self.arn, RoleSessionName=self.session_name)["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }


def _assume_role(caller: boto3.Session, role_arn: str, name: str, config: Config | None) -> boto3.Session:
    own = _botocore_session(config)
    own.register_component("credential_provider", _AssumedRole(caller.client("sts"), role_arn, name))
    return boto3.Session(region_name=caller.region_name, botocore_session=own)


def _botocore_session(config: Config | None) -> botocore.session.Session:
    made = botocore.session.get_session()
    if config:
        made.set_default_client_config(config)
    return made
