"""Verifies the signatures of requests (Signature Version 4) with botocore's signers."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from werkzeug import Request

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=15)
MAX_EXPIRES_SECONDS = 604_800
KeyOf = Callable[[str], ReadOnlyCredentials | None]
"""A function that returns the credentials of an access key id, or None if the id is unknown."""

UNSIGNED_BODY = ("UNSIGNED-PAYLOAD", "STREAMING-")


class SignatureError(Exception):
    """A request with an invalid signature; `code` is AWS's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class _Signature:
    """The signature of a request, from its `Authorization` header or its query."""

    credential: str
    headers: list[str]
    signature: str
    timestamp: str
    token: str | None
    valid: timedelta
    """How long the signature is valid after its timestamp."""
    presigned: bool


def verify(request: Request, body: bytes, key_of: KeyOf) -> None:
    """Verify the signature of a request.

    S3 accepts two kinds of bodies that the signature does not cover: chunked bodies (`x-amz-content-sha256:
    STREAMING-...`) and the bodies of presigned URLs (`UNSIGNED-PAYLOAD`). Such a body is not verified.

    Args:
        request: The request, with the path exactly as the client sent it (`RAW_URI`).
        body: The body of the request.
        key_of: Returns the credentials of an access key id, or None if the id is unknown.

    Raises:
        SignatureError: The key is unknown, the signature is wrong or expired, or the body is not the signed body.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    """
    signed = _sent_signature(request)
    try:
        key_id, _, region, service, _ = signed.credential.split("/")
        signed_at = datetime.strptime(signed.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise SignatureError("IncompleteSignature", "The credential scope or X-Amz-Date is malformed.") from None
    key = key_of(key_id)
    if key is None or not _equal(signed.token or "", key.token or ""):
        raise SignatureError("InvalidClientTokenId", f"The local AWS did not issue the credentials {key_id!r}.")
    if not -MAX_SKEW <= datetime.now(UTC) - signed_at <= signed.valid:
        raise SignatureError("RequestExpired", f"The signature of {signed.timestamp} has expired or is not yet valid.")
    if not _equal(signed.signature, _expected_signature(request, body, signed, key, service, region)):
        raise SignatureError("SignatureDoesNotMatch", "The signature does not match the request and the key.")
    digest = request.headers.get("x-amz-content-sha256", "")
    if digest.startswith(UNSIGNED_BODY) and service == "s3":
        return
    if digest and digest != sha256(body).hexdigest():
        raise SignatureError("XAmzContentSHA256Mismatch", "The body does not have the hash that was signed.")


def signer(request: Request) -> tuple[str, str]:
    """Return the access key id and the region of a request whose signature is valid."""
    key_id, _, region, *_ = _sent_signature(request).credential.split("/")
    return key_id, region


def _sent_signature(request: Request) -> _Signature:
    query, header = request.args, request.headers.get("Authorization", "")
    if "X-Amz-Signature" in query:
        if header.startswith(ALGORITHM):
            raise SignatureError("InvalidArgument", "Only one auth mechanism allowed.")
        return _Signature(
            credential=query.get("X-Amz-Credential", ""),
            headers=query.get("X-Amz-SignedHeaders", "").split(";"),
            signature=query["X-Amz-Signature"],
            timestamp=query.get("X-Amz-Date", ""),
            token=query.get("X-Amz-Security-Token"),
            valid=timedelta(seconds=min(max(query.get("X-Amz-Expires", 0, int), 0), MAX_EXPIRES_SECONDS)),
            presigned=True,
        )
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise SignatureError("MissingAuthenticationToken", f"Every request must be signed with {ALGORITHM}.")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    return _Signature(
        credential=fields.get("Credential", ""),
        headers=fields.get("SignedHeaders", "").split(";"),
        signature=fields.get("Signature", ""),
        timestamp=request.headers.get("X-Amz-Date", ""),
        token=request.headers.get("X-Amz-Security-Token"),
        valid=MAX_SKEW,
        presigned=False,
    )


def _expected_signature(
    request: Request, body: bytes, signed: _Signature, key: ReadOnlyCredentials, service: str, region: str
) -> str:
    """Return the signature that botocore computes for the request with this key."""
    path, _, text = request.environ["RAW_URI"].partition("?")
    query = "&".join(part for part in text.split("&") if not part.startswith("X-Amz-Signature="))
    as_sent = AWSRequest(
        method=request.method,
        url=f"http://{request.host}{path}?{query}",
        headers={name: request.headers.get(name, "") for name in signed.headers},
        data=body,
    )
    as_sent.context["timestamp"] = signed.timestamp
    signer: SigV4Auth
    if signed.presigned:
        signer = (S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth)(key, service, region)
    else:
        signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(key, service, region)
    to_sign = signer.string_to_sign(as_sent, signer.canonical_request(as_sent))
    signature: str = signer.signature(to_sign, as_sent)
    return signature


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
