"""The role sessions that the STS of the local AWS has issued."""

from dataclasses import dataclass
from datetime import datetime

from botocore.credentials import ReadOnlyCredentials


@dataclass(frozen=True)
class Session:
    """A session of a role."""

    role_arn: str
    name: str
    key: ReadOnlyCredentials
    expires: datetime


def session_of(key_id: str) -> Session | None:
    """Return the session with an access key id, also an expired one, or None if STS has not issued the key."""
    from moto.sts.models import sts_backends  # a slow import, which only role sessions need

    for partitions in tuple(sts_backends.values()):  # a copy, because another request may change the original
        for backend in tuple(partitions.values()):
            role = backend.get_assumed_role_from_access_key(key_id)
            if role:
                key = ReadOnlyCredentials(key_id, role.secret_access_key, role.session_token)
                return Session(role.role_arn, role.session_name, key, role.expiration)
    return None
