"""Clients: the boto3 clients of a session, each created when it is first needed."""

from threading import Lock
from typing import Any

import boto3

from operations import command


class Clients:
    """The clients of a session. Several threads can share them.

    The creation of a client takes about a tenth of a second. boto3's clients can be used by several threads, but must
    not be created by several threads at the same time.
    https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients

    Args:
        session: The session with the credentials.
    """

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self._creation = Lock()
        self._made: dict[tuple[str, str], Any] = {}

    @property
    def profile(self) -> str:
        """The profile that the user has named, or an empty text."""
        return self._session._session.profile or ""

    def variables(self) -> dict[str, str]:
        """Return the variables that give another program the credentials of the session, as they are now.

        https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
        """
        found = self._session.get_credentials()
        key = found.get_frozen_credentials() if found else None
        if key is None:
            return {}
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        values = (key.access_key, key.secret_key, key.token)
        return {name: value for name, value in zip(names, values, strict=True) if value}

    def __call__(self, service: str, *, region: str | None = None) -> Any:
        """Return the client of a service, in the region of the session unless another region is named.

        Raises:
            OutsideError: A variable or file of the AWS configuration is malformed.
        """
        place = service, region or self._session.region_name
        with self._creation, command.aws_configuration():
            if place not in self._made:
                self._made[place] = self._session.client(service, region_name=place[1])
            return self._made[place]
