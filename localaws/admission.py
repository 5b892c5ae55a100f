"""Admission: the local AWS answers only requests that are signed with a key of this run.

Builds and one-off tasks run commands with the permissions of the user who started the local AWS. So the server must
refuse requests from web pages and from other users of the machine.
"""

from botocore.credentials import ReadOnlyCredentials
from moto.core.utils import utcnow
from werkzeug import Request, Response

from localaws.answers import Answer
from localaws.errors import error
from localaws.iam.sessions import session_of
from localaws.signatures import KeyOf, SignatureError, verify


def at_this_address(answer: Answer) -> Answer:
    """Answer only requests with the server's address in the header `Host` and without a header `Origin`.

    A browser adds `Origin` when a web page sends a request to another site. `Host` contains the host name from the URL.
    So a request to an attacker's domain name that resolves to 127.0.0.1 is refused.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Host
    """

    def answer_at_this_address(request: Request) -> Response:
        address = "{SERVER_NAME}:{SERVER_PORT}".format(**request.environ)
        if request.headers.get("Host") != address or "Origin" in request.headers:
            message = (
                f"The local AWS accepts only requests with the header Host: {address} and without a header Origin."
            )
            return error(request, status=403, code="AccessDenied", message=message)
        return answer(request)

    return answer_at_this_address


def signed(answer: Answer, key_of: KeyOf) -> Answer:
    """Answer only requests with a valid signature of a key that `key_of` returns."""

    def answer_if_signed(request: Request) -> Response:
        try:
            verify(request, request.get_data(), key_of)
        except SignatureError as wrong:
            return error(request, status=403, code=wrong.code, message=str(wrong))
        return answer(request)

    return answer_if_signed


def known_keys(*keys: ReadOnlyCredentials) -> KeyOf:
    """Return a function that finds credentials by access key id: `keys`, and the credentials that STS issued."""
    own = {key.access_key: key for key in keys}

    def key_of(key_id: str) -> ReadOnlyCredentials | None:
        if key_id in own:
            return own[key_id]
        session = session_of(key_id)
        return session.key if session and session.expires > utcnow() else None

    return key_of
