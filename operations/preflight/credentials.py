"""Check of the credentials: whether AWS accepts them, and whether they belong to the account of the environment."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from operations import command
from operations.preflight import finding
from operations.preflight.checks import region
from operations.preflight.context import Context
from operations.preflight.finding import Finding, Kind, problem
from operations.sessions import session
from settings import Settings
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_sts import STSClient

PLACE = "credentials"

IMPATIENT = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 2, "mode": "standard"})
"""The configuration of clients that give up early: a check that takes long is reported as not checked.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

REFUSED = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
"""The error codes for wrong and for expired credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
"""

EXPECTED = (OutsideError, ClientError, BotoCoreError)


@dataclass(frozen=True)
class Caller:
    """The owner of the credentials."""

    account: str
    arn: str
    session: boto3.Session


def identify(settings: Settings) -> Caller | Finding:
    """Return the caller, or the finding that explains why the credentials cannot be used.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    try:
        command.require_credentials()
        with command.aws_configuration():
            made = session(settings, "preflight", config=IMPATIENT)
            sts: STSClient = made.client("sts")
        caller = sts.get_caller_identity()
    except EXPECTED as error:
        return _disabled_region(settings, error) or _fault(settings, error)
    return Caller(caller["Account"], caller["Arn"], made)


def _fault(settings: Settings, error: Exception) -> Finding:
    if isinstance(error, OutsideError):
        text, _, advice = str(error).partition(": " if str(error) == command.NO_CREDENTIALS else "; ")
        return problem(PLACE, text, advice=advice or "correct the AWS configuration")
    if not isinstance(error, ClientError):
        return problem(
            PLACE,
            finding.reason(error),
            advice="log in again (`aws sso login`), or check AWS_PROFILE, AWS_ENDPOINT_URL, the network and its proxy",
        )
    code = error.response["Error"]["Code"]
    if code in EXPIRED:
        return problem(PLACE, "the credentials have expired", advice="log in again, for example with `aws sso login`")
    if code in REFUSED:
        return problem(
            PLACE,
            f"AWS does not accept the credentials ({code})",
            advice="use other credentials. The access key may be deleted, or belong to another partition, such as "
            "AWS China or GovCloud",
        )
    if error.operation_name == "AssumeRole":
        return problem(
            PLACE,
            f"{settings.environment}.role_arn: the credentials cannot assume {settings.role_arn} ({code})",
            advice="let the trust policy of the role and the policies of the caller allow sts:AssumeRole",
        )
    return problem(PLACE, finding.reason(error), advice="run this command again")


def _disabled_region(settings: Settings, error: Exception) -> Finding | None:
    """Return the finding that the region is not enabled, if that is the reason why AWS refuses the credentials."""
    if not isinstance(error, ClientError) or error.response["Error"]["Code"] not in REFUSED:
        return None
    with suppress(*EXPECTED):
        elsewhere = session(settings, "preflight", region=region.ALWAYS_ENABLED, config=IMPATIENT)
        findings = region.check(Context(settings, elsewhere, Path()))
        return next((found for found in findings if found.kind is Kind.PROBLEM), None)
    return None
