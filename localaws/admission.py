"""The requests that the local AWS answers: those of programs that hold a key of this run, and no others.

The server runs shell commands as the user, in builds. So no web page may reach it, and no other user of the machine.
"""

from botocore.credentials import ReadOnlyCredentials
from moto.core.utils import utcnow
from werkzeug import Request, Response

from localaws.answers import Answer
from localaws.errors import error
from localaws.signatures import KeyOf, SignatureError, verify


def at_this_address(answer: Answer) -> Answer:
    """Answer only requests to this server's own address, without an `Origin`.

    A browser adds `Origin` to what a page may send to another site, and names in `Host` what the page asked for: a name
    that a page's owner has pointed at 127.0.0.1 is not this server's address.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Host
    """

    def answer_at_this_address(request: Request) -> Response:
        address = "{SERVER_NAME}:{SERVER_PORT}".format(**request.environ)
        if request.headers.get("Host") != address or "Origin" in request.headers:
            message = f"The local AWS answers to the Host {address}, and to no web page (Origin)."
            return error(request, status=403, code="AccessDenied", message=message)
        return answer(request)

    return answer_at_this_address


def signed(answer: Answer, key_of: KeyOf) -> Answer:
    """Answer only requests that are signed with a key that `key_of` knows."""

    def answer_if_signed(request: Request) -> Response:
        try:
            verify(request, request.get_data(), key_of)
        except SignatureError as wrong:
            return error(request, status=403, code=wrong.code, message=str(wrong))
        return answer(request)

    return answer_if_signed


def known_keys(*keys: ReadOnlyCredentials) -> KeyOf:
    """Return what finds credentials by their access key id: these, and those of the roles' sessions."""
    own = {key.access_key: key for key in keys}
    return lambda key_id: own.get(key_id) or _issued_by_sts(key_id)


def _issued_by_sts(key_id: str) -> ReadOnlyCredentials | None:
    from moto.sts.models import sts_backends  # loads IAM, too: only a role's session needs them

    for partitions in tuple(sts_backends.values()):  # which another request may change meanwhile
        for backend in tuple(partitions.values()):
            role = backend.get_assumed_role_from_access_key(key_id)
            if role and role.expiration > utcnow():
                return ReadOnlyCredentials(key_id, role.secret_access_key, role.session_token)
    return None
