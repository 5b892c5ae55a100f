"""Finding: the result of one check, and the reason why a check could not be made."""

import re
from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import ClientError
from dns.exception import DNSException

from tools.toolchain import program

DENIED = {"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
"""The error codes with which AWS services deny a request. A denied HEAD request of S3 has only its status.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

S3_ACTIONS = {"GetBucketVersioning": "s3:GetBucketVersioning", "GetObject": "s3:GetObject"}
"""The action of each operation of S3 for which IAM does not ask `s3:ListBucket`.

S3 often names no action when it denies a request.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
"""


class Kind(Enum):
    """What a check has found."""

    OK = "ok"
    WARNING = "warning"
    """The deployment works, but something needs attention."""
    PROBLEM = "problem"
    """The deployment would fail, would wait in vain, or would not lead to a running service."""
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    kind: Kind
    place: str
    """What was checked, such as `domain`."""
    text: str
    """What was found. For a check that was not made, the reason."""
    advice: str = ""
    """What to do. Every warning and every problem has an advice."""


def ok(place: str, text: str) -> Finding:
    """Return the finding of a check that found no fault."""
    return Finding(Kind.OK, place, text)


def warning(place: str, text: str, *, advice: str) -> Finding:
    """Return the finding that the deployment works, but needs attention."""
    return Finding(Kind.WARNING, place, text, advice)


def problem(place: str, text: str, *, advice: str) -> Finding:
    """Return the finding that the deployment would fail, or wait in vain."""
    return Finding(Kind.PROBLEM, place, text, advice)


def not_checked(place: str, because: str, *, advice: str = "") -> Finding:
    """Return the finding that a check could not be made.

    Args:
        place: What was not checked.
        because: The reason, which follows the word "because".
        advice: What makes the check possible, if the reason does not say it.
    """
    return Finding(Kind.NOT_CHECKED, place, f"because {because}", advice)


def reason(error: Exception) -> str:
    """Return why an error prevents a check. The text follows the word "because"."""
    if isinstance(error, ClientError):
        if is_denied(error):
            return f"the credentials lack the permission {_action(error)}"
        answer = error.response["Error"]
        return f"AWS answered {error.operation_name} with {answer['Code']} ({answer.get('Message', '')})"
    if isinstance(error, DNSException):
        return f"the DNS gave no answer ({_one_line(error)})"
    if text := program.message(error).strip():
        known = isinstance(error, program.OUTSIDE) or type(error).__module__ == "botocore.exceptions"
        return _one_line(text) if known else f"the answer was unexpected ({type(error).__name__}: {_one_line(text)})"
    return f"the answer was unexpected ({type(error).__name__})"


def is_denied(error: ClientError) -> bool:
    """Return whether IAM has denied the request."""
    return error.response["Error"]["Code"] in DENIED


def _action(error: ClientError) -> str:
    """Return the action that IAM has denied, from its message or from the operation."""
    named = re.search(r"perform: ([\w-]+:\w+)", error.response["Error"].get("Message", ""))
    return named[1] if named else S3_ACTIONS.get(error.operation_name, "s3:ListBucket")


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
