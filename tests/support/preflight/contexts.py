"""Environments for the checks of `make preflight`: in the local AWS, or with stubbed answers of AWS."""

from collections.abc import Iterable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber

from operations.clients import Clients
from operations.preflight.context import Context
from operations.preflight.finding import Finding, Kind
from settings import Settings, StateSettings
from tests.support.localaws.aws_pipeline import REGION, clients

_numbers = count(1)

OK, WARNING, PROBLEM, NOT_CHECKED = Kind.OK, Kind.WARNING, Kind.PROBLEM, Kind.NOT_CHECKED


def settings(**own: Any) -> Settings:
    """Return settings with a new app and a new domain, so that no test sees the resources of another test."""
    app = f"preflight{next(_numbers)}"
    table = {"environment": "dev", "app": app, "region": REGION, "domain": f"{app}.example.com"}
    return Settings.model_validate(table | own)


class LocalClients(Clients):
    """The clients of an administrator of the shared local AWS."""

    def __call__(self, service: str, *, region: str | None = None) -> Any:
        return _client(service, region or self._session.region_name)


@cache
def _client(service: str, region: str) -> Any:
    """Return a client that all tests share, because the creation of a client takes long."""
    local = clients().local
    path_style = Config(s3={"addressing_style": "path"})
    return _session(region).client(service, endpoint_url=local.endpoint, config=path_style)


@cache
def _session(region: str) -> boto3.Session:
    key = clients().local.key
    return boto3.Session(key.access_key, key.secret_key, key.token, region_name=region)


@cache
def _session_of_aws() -> boto3.Session:
    return boto3.Session("key", "secret", region_name=REGION)


def in_local_aws(folder: Path, **own: Any) -> Context:
    """Return an environment in the shared local AWS."""
    made = settings(**own)
    return Context(made, LocalClients(_session(made.region)), folder)


def stubbed(folder: Path, *services: str, **own: Any) -> tuple[Context, dict[str, Stubber]]:
    """Return an environment in AWS itself, and a stubber for the client of each service."""
    context = Context(settings(**own), Clients(_session_of_aws()), folder)
    stubbers = {}
    for service in services:
        stubbers[service] = Stubber(context.client(service))
        stubbers[service].activate()
    return context, stubbers


def kinds(findings: Iterable[Finding]) -> list[Kind]:
    return [finding.kind for finding in findings]


def tags(context: Context) -> list[dict[str, str]]:
    """Return the tags that the stacks give to every resource."""
    own = context.settings
    return [{"Key": "app", "Value": own.app}, {"Key": "environment", "Value": own.environment}]


def one(findings: Any) -> Finding:
    found: Finding
    [found] = findings
    return found


class StateInS3:
    """An environment with its state in a bucket of the local AWS."""

    def __init__(self, folder: Path) -> None:
        self.context = in_local_aws(folder)
        self.bucket = f"{self.context.settings.app}-state"
        of_state = StateSettings(backend="s3", bucket=self.bucket, prefix="a/b")
        self.context.settings = self.context.settings.model_copy(update={"state": of_state})
        self.s3 = self.context.client("s3")

    def create(self, *, versioned: bool = True) -> None:
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, name: str, body: bytes = b"{}") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"a/b/{name}", Body=body)
