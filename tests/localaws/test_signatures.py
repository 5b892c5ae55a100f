"""A signature is valid only for its method, path, query, headers, body and time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from localaws.signatures import SignatureError, verify

KEY = ReadOnlyCredentials("local", "secret", "token")
ECS = ("POST", "/", b'{"cluster": "web"}')
URLS = [
    "/",
    "/2013-04-01/hostedzone/Z1/rrset?name=a.example&type=A",
    "/bucket/a%20b/%C3%BC%2B%3F.txt",
    "/bucket/a//b/../c",
    "/bucket?list-type=2&prefix=a%2Fb&empty=",
    "/bucket?policy",
    "/bucket/key?x-id=PutObject&X-Amz-Signature-Not=1",
]


@pytest.mark.parametrize("service", ["ecs", "s3"])
@pytest.mark.parametrize("url", URLS)
def test_a_signature_of_botocore_is_valid(url: str, service: str) -> None:
    verify(_signed("PUT", url, b"body", service=service), b"body", _key_of)


@pytest.mark.parametrize("service", ["sts", "s3"])
@pytest.mark.parametrize("url", URLS)
def test_a_presigned_url_of_botocore_is_valid(url: str, service: str) -> None:
    verify(_presigned(url, service=service), b"", _key_of)


def _authorized(old: str, new: str) -> Callable[[dict[str, Any]], object]:
    """Return a function that changes the header `Authorization` of a request."""

    def change(environ: dict[str, Any]) -> None:
        assert old in environ["HTTP_AUTHORIZATION"]
        environ["HTTP_AUTHORIZATION"] = environ["HTTP_AUTHORIZATION"].replace(old, new)

    return change


TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another method": (lambda e: e.update(REQUEST_METHOD="DELETE"), "SignatureDoesNotMatch"),
    "another path": (lambda e: e.update(RAW_URI="/other"), "SignatureDoesNotMatch"),
    "another query": (lambda e: e.update(RAW_URI="/?a=b", QUERY_STRING="a=b"), "SignatureDoesNotMatch"),
    "another signed header": (lambda e: e.update(HTTP_X_AMZ_TARGET="DeleteCluster"), "SignatureDoesNotMatch"),
    "another token": (lambda e: e.update(HTTP_X_AMZ_SECURITY_TOKEN="other"), "InvalidClientTokenId"),
    "no token": (lambda e: e.pop("HTTP_X_AMZ_SECURITY_TOKEN"), "InvalidClientTokenId"),
    "another key id": (_authorized("Credential=local/", "Credential=other/"), "InvalidClientTokenId"),
    "another region": (_authorized("/eu-west-1/", "/us-east-1/"), "SignatureDoesNotMatch"),
    "another service": (_authorized("/ecs/", "/iam/"), "SignatureDoesNotMatch"),
    "fewer signed headers": (_authorized("x-amz-target", ""), "SignatureDoesNotMatch"),
    "no scope": (_authorized("/aws4_request", ""), "IncompleteSignature"),
    "no date": (lambda e: e.pop("HTTP_X_AMZ_DATE"), "IncompleteSignature"),
    "another algorithm": (_authorized("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "MissingAuthenticationToken"),
    "nothing after the algorithm": (lambda e: e.update(HTTP_AUTHORIZATION="AWS4-HMAC-SHA256 "), "IncompleteSignature"),
}


@pytest.mark.parametrize(("tamper", "code"), TAMPERED.values(), ids=TAMPERED)
def test_a_changed_request_is_refused(tamper: Callable[[dict[str, Any]], object], code: str) -> None:
    request = _signed(*ECS, headers={"X-Amz-Target": "ListClusters"})
    tamper(request.environ)

    assert _error(Request(request.environ), ECS[2]) == code


@pytest.mark.parametrize("service", ["ecs", "s3"])
def test_another_body_is_refused(service: str) -> None:
    request = _signed(*ECS, service=service)

    assert _error(request, b"other") in ("SignatureDoesNotMatch", "XAmzContentSHA256Mismatch")


@pytest.mark.parametrize("said", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64])
def test_only_s3_accepts_an_unsigned_body(said: str) -> None:
    request = _signed(*ECS, headers={"X-Amz-Content-SHA256": said})

    assert _error(request, ECS[2]) == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize("said", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
def test_the_headers_of_a_chunked_upload_are_verified(said: str) -> None:
    class Streaming(S3SigV4Auth):  # type: ignore[misc] # botocore has no types
        def payload(self, _: AWSRequest) -> str:
            return said

    request = _signed("PUT", "/bucket/key", b"", signer=Streaming(KEY, "s3", "eu-west-1"))
    verify(request, b"any chunks", _key_of)

    request.environ["RAW_URI"] = "/bucket/other"
    assert _error(request, b"any chunks") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("minutes", "code"), [(-16, "RequestExpired"), (16, "RequestExpired"), (-14, None), (14, None)]
)
def test_a_signature_is_valid_for_15_minutes(minutes: int, code: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    _signs_at(datetime.now(UTC) + timedelta(minutes=minutes), monkeypatch)

    assert _error(_signed(*ECS), ECS[2]) == code


@pytest.mark.parametrize(("minutes_ago", "code"), [(61, "RequestExpired"), (59, None)])
def test_a_presigned_url_is_valid_until_it_expires(
    minutes_ago: int, code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _signs_at(datetime.now(UTC) - timedelta(minutes=minutes_ago), monkeypatch)

    assert _error(_presigned("/bucket/key", service="s3"), b"") == code


@pytest.mark.parametrize(
    ("old", "new"), [("/bucket/key", "/bucket/other"), ("Expires=3600", "Expires=99999"), ("X-Amz-Sig", "X-Amz-NoSig")]
)
def test_a_changed_presigned_url_is_refused(old: str, new: str) -> None:
    request = _presigned("/bucket/key", service="s3")
    for name in ("RAW_URI", "QUERY_STRING", "PATH_INFO"):
        request.environ[name] = request.environ[name].replace(old, new)

    assert _error(Request(request.environ), b"") in ("SignatureDoesNotMatch", "MissingAuthenticationToken")


ANYTHING = st.text(max_size=40) | st.sampled_from(["", "a/b/c/d/e", "local/20261126/eu-west-1/ecs/aws4_request"])


@given(
    authorization=ANYTHING | ANYTHING.map(lambda text: f"AWS4-HMAC-SHA256 Credential={text}, Signature={text}"),
    date=ANYTHING | st.just("20261126T000000Z"),
    token=ANYTHING | st.just("token"),
    query=st.dictionaries(
        st.sampled_from(["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"]),
        ANYTHING | st.integers().map(str),
    ),
)
def test_any_other_request_is_refused_with_a_code(
    authorization: str, date: str, token: str, query: dict[str, str]
) -> None:
    environ = EnvironBuilder("/", query_string=urlencode(query)).get_environ() | {
        "HTTP_AUTHORIZATION": authorization,
        "HTTP_X_AMZ_DATE": date,
        "HTTP_X_AMZ_SECURITY_TOKEN": token,
        "RAW_URI": f"/?{urlencode(query)}",
    }

    assert _error(Request(environ), b"") is not None


def _key_of(key_id: str) -> ReadOnlyCredentials | None:
    return KEY if key_id == KEY.access_key else None


def _error(request: Request, body: bytes) -> str | None:
    """Return the code of the refusal, None if the signature is valid."""
    try:
        verify(request, body, _key_of)
    except SignatureError as error:
        return error.code
    return None


def _signed(
    method: str,
    url: str,
    body: bytes,
    *,
    service: str = "ecs",
    headers: dict[str, str] | None = None,
    signer: SigV4Auth | None = None,
) -> Request:
    request = AWSRequest(method, f"http://127.0.0.1:1{url}", headers or {}, body)
    (signer or (S3SigV4Auth if service == "s3" else SigV4Auth)(KEY, service, "eu-west-1")).add_auth(request)
    return _received(request)


def _presigned(url: str, *, service: str) -> Request:
    request = AWSRequest("GET", f"http://127.0.0.1:1{url}")
    signer = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    signer(KEY, service, "eu-west-1", expires=3600).add_auth(request)
    return _received(request)


def _received(sent: AWSRequest) -> Request:
    """Return a request as the server receives it."""
    parts = urlsplit(sent.url)
    builder = EnvironBuilder(parts.path, f"{parts.scheme}://{parts.netloc}", parts.query, method=sent.method)
    builder.headers.extend(dict(sent.headers.items()))
    raw = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Request(builder.get_environ() | {"RAW_URI": raw})


def _signs_at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
