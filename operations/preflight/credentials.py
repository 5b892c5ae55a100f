"""Check of the credentials: whether AWS accepts them, and whether they belong to the account of the environment."""

from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from operations import command, reasons, sessions
from operations.clients import Clients
from operations.preflight.checks import region
from operations.preflight.context import Context
from operations.preflight.finding import Finding, Kind, problem
from operations.sessions import IMPATIENT, Caller, session
from settings import Settings
from tools.outside import OutsideError

PLACE = "credentials"

REFUSED = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
"""The error codes for wrong and for expired credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
"""

EXPECTED = (OutsideError, ClientError, BotoCoreError)
CHECK = "check AWS_PROFILE, AWS_ENDPOINT_URL, the network and its proxy"
NOT_AWS = problem(PLACE, "the answer to GetCallerIdentity does not come from AWS", advice=CHECK)


def require(settings: Settings, name: str) -> Caller:
    """Return the caller.

    Args:
        settings: The environment.
        name: The name of the role session, which CloudTrail shows.

    Raises:
        OutsideError: The credentials cannot be used. The message says why, and what to do.
    """
    found = identify(settings, name)
    if isinstance(found, Finding):
        raise OutsideError(f"{found.place}: {found.text}; {found.advice}")
    return found


def identify(settings: Settings, name: str = "preflight") -> Caller | Finding:
    """Return the caller, or the finding that explains why the credentials cannot be used."""
    try:
        return sessions.identify(settings, name)
    except reasons.UNREADABLE:
        return NOT_AWS
    except EXPECTED as error:
        if isinstance(error, ClientError) and not reasons.code(error):
            return NOT_AWS
        return _disabled_region(settings, error) or _fault(settings, error)


def _fault(settings: Settings, error: Exception) -> Finding:
    if isinstance(error, OutsideError):
        text, _, advice = str(error).partition(": " if str(error) == command.NO_CREDENTIALS else "; ")
        return problem(PLACE, text, advice=advice or "correct the AWS configuration")
    if not isinstance(error, ClientError):
        return problem(
            PLACE,
            reasons.reason(error),
            advice=f"log in again (`aws sso login`), or {CHECK}",
        )
    code = reasons.code(error)
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
        setting = f"{settings.environment}.role_arn: the credentials cannot assume {settings.role_arn}"
        return problem(
            PLACE,
            f"{setting if settings.role_arn else 'the profile cannot assume its role'} ({code})",
            advice="let the trust policy of the role and the policies of the caller allow sts:AssumeRole",
        )
    return problem(PLACE, reasons.reason(error), advice="run this command again")


def _disabled_region(settings: Settings, error: Exception) -> Finding | None:
    """Return the finding that the region is not enabled, if that is the reason why AWS refuses the credentials."""
    if not isinstance(error, ClientError) or reasons.code(error) not in REFUSED:
        return None
    with suppress(*EXPECTED):
        elsewhere = session(settings, "preflight", region=region.ALWAYS_ENABLED, config=IMPATIENT)
        findings = region.check(Context(settings, Clients(elsewhere), Path()))
        return next((found for found in findings if found.kind is Kind.PROBLEM), None)
    return None
