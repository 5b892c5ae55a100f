"""The passwords with which registry clients log in.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe

from botocore.credentials import ReadOnlyCredentials
from werkzeug.datastructures import Authorization

from localaws.signatures import KeyOf

USER = "AWS"
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class Login:
    """The caller of GetAuthorizationToken. A login with the password has the permissions of this caller."""

    key_id: str
    region: str
    expires: datetime


class Tokens:
    """The passwords that one local AWS has issued."""

    def __init__(self, key_of: KeyOf) -> None:
        self._key_of = key_of
        self._logins: dict[str, Login] = {}

    def issue(self, key_id: str, region: str) -> tuple[str, datetime]:
        """Return a new password for the owner of an access key, and its expiry. Delete expired passwords."""
        now = datetime.now(UTC)
        login, password = Login(key_id, region, now + LIFETIME), token_urlsafe(48)
        # Another thread may be reading the old dictionary.
        self._logins = {each: known for each, known in self._logins.items() if known.expires >= now} | {password: login}
        return password, login.expires

    def caller(self, sent: Authorization | None) -> tuple[ReadOnlyCredentials, str] | None:
        """Return the credentials and the region of a login, or None if the password or the access key is invalid."""
        if sent is None or sent.type != "basic" or sent.username != USER:
            return None
        login = self._logins.get(sent.password or "")
        if login is None or login.expires < datetime.now(UTC):
            return None
        key = self._key_of(login.key_id)
        return (key, login.region) if key else None
