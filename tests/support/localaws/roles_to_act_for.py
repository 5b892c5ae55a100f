"""Roles that the local AWS assumes, and calls that IAM allows or denies."""

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
"""The statement of a bucket policy that denies plain HTTP to every principal."""


def grant(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Sid": "Grant", "Effect": "Allow", "Action": [action], "Resource": [resource], **more}


def put(role: AssumedRole, **more: str) -> str:
    """Put an object as the role, and return the error as `code: message`, or ""."""
    try:
        role.client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"body", **more)
    except ClientError as error:
        return "{Code}: {Message}".format(**error.response["Error"])
    return ""


def why_not(message: str) -> str:
    """Return the reason at the end of IAM's message; "" if IAM allowed the call."""
    return message.partition(f" on resource: {OBJECT} ")[2] or message
