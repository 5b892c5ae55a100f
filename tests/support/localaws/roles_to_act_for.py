"""Roles that the local AWS acts for, and calls that IAM allows or denies them."""

from typing import Any

from botocore.exceptions import ClientError

from localaws.iam.roles import AssumedRole

BUILDS = "codebuild.amazonaws.com"
BUCKET = "roles-bucket"
OBJECT = f"arn:aws:s3:::{BUCKET}/key"
TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
"""What the policy of a bucket refuses to all: plain HTTP."""


def grant(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Sid": "Grant", "Effect": "Allow", "Action": [action], "Resource": [resource], **more}


def put(role: AssumedRole, **more: str) -> str:
    """Put an object as the role; the code and the message of the refusal, or nothing."""
    try:
        role.client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"body", **more)
    except ClientError as error:
        return "{Code}: {Message}".format(**error.response["Error"])
    return ""


def why_not(message: str) -> str:
    """The end of IAM's sentence; nothing, if it allowed."""
    return message.partition(f" on resource: {OBJECT} ")[2] or message
