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
    """What a password stands for: the caller of GetAuthorizationToken, with no other rights than that has."""

    key_id: str
    region: str
    expires: datetime


class Tokens:
    """The passwords of one run."""

    def __init__(self, key_of: KeyOf) -> None:
        self._key_of = key_of
        self._logins: dict[str, Login] = {}

    def issue(self, key_id: str, region: str) -> tuple[str, datetime]:
        """Return a new password for the owner of a key, and when it expires. Forget passwords that have expired."""
        now = datetime.now(UTC)
        login, password = Login(key_id, region, now + LIFETIME), token_urlsafe(48)
        # A new dictionary, since others may be reading the old one.
        self._logins = {each: held for each, held in self._logins.items() if held.expires >= now} | {password: login}
        return password, login.expires

    def caller(self, said: Authorization | None) -> tuple[ReadOnlyCredentials, str] | None:
        """Return the credentials and the region for a login, or None if the password or its key is not valid."""
        if said is None or said.type != "basic" or said.username != USER:
            return None
        login = self._logins.get(said.password or "")
        if login is None or login.expires < datetime.now(UTC):
            return None
        key = self._key_of(login.key_id)
        return (key, login.region) if key else None
