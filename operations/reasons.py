"""Reasons: why a request to AWS, or to the DNS, gave no answer.

A reason is a text of one line, which follows the word "because".
"""

import re

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name
from botocore.parsers import ResponseParserError
from dns.exception import DNSException

from tools.toolchain import program

DENIED = {"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
"""The error codes with which AWS services deny a request. A denied HEAD request of S3 has only its status.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

UNREADABLE: tuple[type[Exception], ...] = (ResponseParserError, KeyError)
"""The errors after an answer that does not have the form of AWS's answers, such as a page of a proxy."""

THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "ServiceUnavailableException"}
"""The error codes after which the same request can succeed.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
"""
SERVER_ERROR = 500
"""The first status of an answer that says that the server has failed."""

S3_ACTIONS = {
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "GetObject": "s3:GetObject",
    "HeadBucket": "s3:ListBucket",
}
"""The action of each operation of S3.

S3 often names no action when it denies a request.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
"""


def reason(error: Exception) -> str:
    """Return why a request failed. For a request that IAM has denied, name the action."""
    if isinstance(error, ClientError):
        if is_denied(error) and (action := _action(error)):
            return f"the credentials lack the permission {action}"
        message = _one_line(error.response.get("Error", {}).get("Message", ""))
        return f"AWS answered {error.operation_name} with {code(error) or 'an error'} ({message})"
    if isinstance(error, DNSException):
        return f"the DNS gave no answer ({_one_line(error)})"
    if text := program.message(error).strip():
        known = isinstance(error, program.OUTSIDE) or type(error).__module__ == "botocore.exceptions"
        return _one_line(text) if known else f"the answer was unexpected ({type(error).__name__}: {_one_line(text)})"
    return f"the answer was unexpected ({type(error).__name__})"


def code(error: ClientError) -> str:
    """Return the code of an error, or an empty text if the answer has none, because it comes from a proxy."""
    return error.response.get("Error", {}).get("Code", "")


def is_denied(error: ClientError) -> bool:
    """Return whether IAM has denied the request."""
    return code(error) in DENIED


def can_pass(error: Exception) -> bool:
    """Return whether an error can pass by itself: AWS throttles the requests, has failed, or gives no answer."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in THROTTLED or status >= SERVER_ERROR
    return isinstance(error, (HTTPClientError, ConnectionError))


def _action(error: ClientError) -> str:
    """Return the action that IAM has denied, from its message or from the operation. A key policy names no action."""
    named = re.search(r"perform: ([\w-]+:\w+)", error.response["Error"].get("Message", ""))
    return named[1] if named else S3_ACTIONS.get(error.operation_name, "")


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
