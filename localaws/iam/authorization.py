"""Authorization of the requests from outside: IAM decides each request that a role's session has signed.

The key of the run belongs to an administrator, so IAM decides only its calls of STS, because a trust policy restricts
administrators, too.
"""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition
from werkzeug import Request as HttpRequest
from werkzeug import Response

from localaws.answers import Answer
from localaws.api_models.decode import Call, DecodeError, decode
from localaws.api_models.requests import CONTROL_PATH, faults_of
from localaws.errors import error, signing_name
from localaws.iam.assume_role import WITH_WEB_IDENTITY, TokenError, assuming
from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.iam.policies import administrator
from localaws.iam.roles import ACCOUNT_HEADER, Aws
from localaws.iam.service_authorization import requests_for
from localaws.iam.sessions import Session, session_of
from localaws.signatures import signer

LOG = logging.getLogger(__name__)
_WITHOUT_PERMISSION = "GetCallerIdentity"
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""


class _DeniedError(Exception):
    """A denied request, with IAM's message."""


def authorized(answer: Answer, aws_of: Callable[[str], Aws]) -> Answer:
    """Answer only requests that IAM allows. IAM decides before moto gets the request.

    A request that does not fit AWS's API model is not decided, because it is refused anyway.

    Args:
        answer: Answers an allowed request. It refuses requests that do not fit AWS's API models.
        aws_of: Returns the APIs of a region.
    """

    def answer_if_allowed(request: HttpRequest) -> Response:
        key_id, region = signer(request)
        session = session_of(key_id)
        if session is None and signing_name(request) != "sts":
            return answer(request)
        if session and (request.path.startswith(CONTROL_PATH) or ACCOUNT_HEADER in request.headers):
            message = f"Control requests and requests with the header {ACCOUNT_HEADER} need the key of the run."
            return error(request, status=403, code="AccessDenied", message=message)
        call = _call(request)
        denial = call and _denial(request, call, session, aws_of(region))
        return denial or answer(request)

    return answer_if_allowed


def _call(request: HttpRequest) -> Call | None:
    """Return the call of a request, or None if a later layer refuses the request."""
    try:
        call = decode(request)
    except DecodeError:
        return None
    return None if faults_of(call)[0] else call


def _denial(request: HttpRequest, call: Call, session: Session | None, aws: Aws) -> Response | None:
    """Return the answer to a call that IAM denies or cannot decide, or None if IAM allows the call."""
    try:
        _decide(call, session, aws)
    except _DeniedError as denied:
        return error(request, status=403, code=_code(call), message=_message(call, str(denied)))
    except TokenError as wrong:
        return error(request, status=400, code=wrong.code, message=str(wrong))
    except ClientError as missing:  # a key of the call does not exist
        said = missing.response["Error"]
        return error(request, status=400, code=said["Code"], message=said["Message"])
    except (NotImplementedError, ValueError) as unknown:
        message = f"The local AWS cannot authorize {call.service}:{call.operation.name}. {unknown}"
        LOG.warning("%s", message)
        return error(request, status=400, code="NotImplemented", message=message)
    return None


def _decide(call: Call, session: Session | None, aws: Aws) -> None:
    """Decide each request to IAM for a call.

    Raises:
        _DeniedError: IAM denies a request.
    """
    principal = session.role_arn if session else administrator(get_partition(aws.region))
    _, partition, _, _, account, _ = principal.split(":")
    asked: Iterable[tuple[str, Request]]
    if call.service == "sts" and call.operation.name.startswith("AssumeRole"):
        account = call.members["RoleArn"].split(":")[4]
        asked = assuming(call, principal, aws.client("iam", account))
    elif session is None or (call.service == "sts" and call.operation.name == _WITHOUT_PERMISSION):
        return
    else:
        caller = Caller(partition, aws.region, account, partial(aws.client, account=account))
        requests = requests_for(caller, call.service, call.operation.name, call.members)
        asked = [(request.principal or principal, request) for request in requests]
    name = session.name if session else ""
    for who, request in asked:
        decision = aws.decide(who, request, account=account, region=aws.region, session=name)
        if not decision.allowed:
            raise _DeniedError(decision.message)


def _code(call: Call) -> str:
    """Return the error code with which the service denies a request.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    if call.protocol == "ec2":
        return "UnauthorizedOperation"
    return "AccessDenied" if call.protocol in {"query", "rest-xml"} else "AccessDeniedException"


def _message(call: Call, message: str) -> str:
    """Return the message with which the service denies a request.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html
    """
    if call.protocol == "ec2":
        return f"You are not authorized to perform this operation. {message}"
    if call.operation.name == WITH_WEB_IDENTITY:
        return f"Not authorized to perform sts:{WITH_WEB_IDENTITY}"
    return message
