"""Clients of a local AWS, independent of the caller's AWS profiles, configuration files and environment variables."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

Client = Any
"""A boto3 client. boto3 creates the client's methods at run time, from the API model of the service."""


def text_of(error: Exception) -> str:
    """Return `code: message` of an AWS error, and the text of any other error."""
    return "{Code}: {Message}".format(**error.response["Error"]) if isinstance(error, ClientError) else str(error)


def session(key: ReadOnlyCredentials) -> boto3.Session:
    """Return a session with these credentials."""
    no_files = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(
        key.access_key, key.secret_key, key.token, botocore_session=botocore.session.Session(session_vars=no_files)
    )


def client(session: boto3.Session, service: str, *, region: str, endpoint: str, checks: bool = True) -> Client:
    """Return a client of one service. The client never retries, because the local AWS would give the same answer again.

    Args:
        session: The session with the credentials.
        service: boto3's name of the service, such as `ecs`.
        region: The region of the client.
        endpoint: The address of the local AWS.
        checks: Whether the client checks parameters before it sends them. If not, only the server checks them.
    """
    config = Config(proxies={}, retries={"total_max_attempts": 1}, parameter_validation=checks)
    return session.client(service, region_name=region, endpoint_url=endpoint, config=config)
