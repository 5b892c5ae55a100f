"""Clients of a local AWS, which nothing in the caller's profile or files can lead astray."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

Client = Any
"""A boto3 client. boto3 creates the methods at run time, from the API model of the service."""


def said(error: Exception) -> str:
    """Return what AWS said of a call that it refused, `code: message`; of another error its text."""
    return "{Code}: {Message}".format(**error.response["Error"]) if isinstance(error, ClientError) else str(error)


def session(key: ReadOnlyCredentials) -> boto3.Session:
    """Return a session with these credentials."""
    nobodys = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(
        key.access_key, key.secret_key, key.token, botocore_session=botocore.session.Session(session_vars=nobodys)
    )


def client(session: boto3.Session, service: str, *, region: str, endpoint: str, checks: bool = True) -> Client:
    """Give a client for one service. It asks once: what a local AWS refuses it refuses again.

    Without `checks` it sends parameters that do not fit the API's model, too, for the server to refuse.
    """
    config = Config(proxies={}, retries={"total_max_attempts": 1}, parameter_validation=checks)
    return session.client(service, region_name=region, endpoint_url=endpoint, config=config)
