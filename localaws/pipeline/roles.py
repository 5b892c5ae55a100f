"""The one door to the AWS API: as AWS itself, or as a role that an AWS service acts for.

Whatever a role may or may not do is decided here and nowhere else; every call made for a role goes through
`ActingRole.client`.
"""

import os
import threading
from fnmatch import fnmatchcase
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

CODEPIPELINE = "codepipeline.amazonaws.com"
CODEBUILD = "codebuild.amazonaws.com"
EVENTS = "events.amazonaws.com"

_NAMES = {CODEPIPELINE: "CodePipeline", CODEBUILD: "CodeBuild", EVENTS: "EventBridge"}


class RoleRefusedError(Exception):
    """A service may not act for a role; the message says which, and why."""


class Aws:
    """The API of one local AWS in one region. Its clients may be used by several threads at once."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.region = region
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()  # making a client is not safe in two threads at once, using one is
        self._session = boto3.Session(
            "local",
            "local",
            botocore_session=botocore.session.Session(
                session_vars={  # nothing in the caller's profile or files may lead a call astray
                    "profile": (None, None, None, None),
                    "config_file": (None, None, os.devnull, None),
                    "credentials_file": (None, None, os.devnull, None),
                }
            ),
        )

    def client(self, service: str) -> Any:
        """Give the client with which AWS itself reads what is deployed."""
        return self._client("", service)

    def acting_for(self, role_arn: str, principal: str) -> "ActingRole":
        """Let a service (`codebuild.amazonaws.com`) or a role (its ARN) act for a role, if its trust policy lets it.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        """
        refusal = f"{_NAMES.get(principal, principal)} is not authorized to perform AssumeRole on role {role_arn}"
        try:
            role = self.client("iam").get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            raise RoleRefusedError(f"{refusal}: the role does not exist") from None
        if not _trusts(role["AssumeRolePolicyDocument"], principal):
            raise RoleRefusedError(f"{refusal}: its trust policy does not name {principal}")
        return ActingRole(self, role_arn)

    def _client(self, role_arn: str, service: str) -> Any:
        with self._lock:
            if (role_arn, service) not in self._clients:
                self._clients[role_arn, service] = self._session.client(
                    service,
                    region_name=self.region,
                    endpoint_url=self._endpoint,
                    config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
                )
            return self._clients[role_arn, service]


class ActingRole:
    """A role that a service has been let act for; made by `Aws.acting_for`."""

    def __init__(self, aws: Aws, arn: str) -> None:
        self.arn = arn
        self.region = aws.region
        self._aws = aws

    def client(self, service: str) -> Any:
        """Give the client through which every call for this role goes."""
        return self._aws._client(self.arn, service)


def _trusts(policy: dict[str, Any], principal: str) -> bool:
    return any(
        statement["Effect"] == "Allow"
        and any(fnmatchcase("sts:assumerole", action.lower()) for action in _listed(statement.get("Action")))
        and _names(statement.get("Principal", {}), principal)
        for statement in _listed(policy["Statement"])
    )


def _names(trusted: str | dict[str, Any], principal: str) -> bool:
    if isinstance(trusted, str):
        return trusted == "*"
    if not principal.startswith("arn:"):
        return principal in _listed(trusted.get("Service"))
    account = principal.split(":")[4]
    spellings = {"*", account, f"arn:aws:iam::{account}:root", principal}
    return not spellings.isdisjoint(_listed(trusted.get("AWS")))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
