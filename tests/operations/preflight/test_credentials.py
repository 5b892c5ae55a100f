"""Tests of the check of the credentials: accepted, refused, expired, of another account, or of a disabled region."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, TokenRetrievalError
from botocore.parsers import ResponseParserError

from operations import sessions
from operations.preflight import credentials
from operations.preflight.finding import Finding
from operations.sessions import Caller
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.roles import role_of_account
from tests.support.preflight.contexts import PROBLEM, settings
from tools.outside import OutsideError


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)


def fault(**own: Any) -> Finding:
    found = credentials.identify(settings(**own))
    assert isinstance(found, Finding)
    assert (found.kind, found.place) == (PROBLEM, "credentials")
    return found


def test_the_caller_is_the_owner_of_the_credentials() -> None:
    found = credentials.identify(settings())

    assert isinstance(found, Caller)
    assert (found.account, found.client("sts").meta.region_name) == (ACCOUNT, REGION)
    assert found.arn.startswith(f"arn:aws:sts::{ACCOUNT}:")


def test_the_clients_of_the_caller_give_up_early() -> None:
    """By default, botocore waits for 60 seconds, five times. All checks together must end within 30 seconds."""
    found = credentials.identify(settings())

    assert isinstance(found, Caller)
    config = found.client("ec2").meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (3, 8, 2)


def test_the_caller_is_the_role_of_the_settings() -> None:
    role = role_of_account(clients().local, ACCOUNT, "deployer")

    found = credentials.identify(settings(role_arn=role, account_id=ACCOUNT))

    assert isinstance(found, Caller)
    assert found.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/preflight"


def test_a_role_that_cannot_be_assumed_is_named() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"

    found = fault(role_arn=role)

    assert found.text == f"dev.role_arn: the credentials cannot assume {role} (AccessDenied)"


def test_a_profile_that_cannot_assume_its_role_is_not_the_role_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without keys in the environment, the profile counts."""
    keys = {name: value for name, value in clients().local.variables().items() if _key(name)}
    for name in keys:
        monkeypatch.delenv(name)
    profiles = ["[default]", *(f"{name.lower()} = {value}" for name, value in keys.items())]
    profiles += ["[profile viewer]", f"role_arn = arn:aws:iam::{ACCOUNT}:role/nobody", "source_profile = default"]
    file = tmp_path / "config"
    file.write_text("\n".join([*profiles, f"region = {REGION}"]), encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "viewer")

    assert fault().text == "the profile cannot assume its role (AccessDenied)"


def _key(name: str) -> bool:
    return name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def test_another_account_is_named() -> None:
    found = fault(account_id="222222222222")

    assert found.text.startswith("dev.account_id: the credentials must belong to account 222222222222, got arn:aws:")
    assert found.advice == "use other credentials, or set dev.role_arn"


def test_wrong_credentials_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")

    found = fault()

    assert found.text == "AWS does not accept the credentials (InvalidClientTokenId)"
    assert "another partition" in found.advice


def test_missing_credentials_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)

    found = fault()

    assert found.text == "there are no AWS credentials"
    assert found.advice.startswith("log in (`aws sso login`), name a profile in AWS_PROFILE")


def test_a_malformed_configuration_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[default\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))

    assert fault().text == f"Unable to parse config file: {file}"


@pytest.mark.parametrize(
    ("error", "text", "advice"),
    [
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": "..."}}, "GetCallerIdentity"),
            "the credentials have expired",
            "log in again, for example with `aws sso login`",
        ),
        (
            ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "GetCallerIdentity"),
            "AWS answered GetCallerIdentity with Throttling (Rate exceeded)",
            "run this command again",
        ),
        (
            TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed"),
            "Error when retrieving token from sso: Token has expired and refresh failed",
            "log in again (`aws sso login`), or check AWS_PROFILE, AWS_ENDPOINT_URL, the network and its proxy",
        ),
        (
            OutsideError("the AWS configuration cannot be used: Invalid endpoint: x"),
            "the AWS configuration cannot be used: Invalid endpoint: x",
            "correct the AWS configuration",
        ),
    ],
    ids=str,
)
def test_each_error_has_an_advice(error: Exception, text: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Caller:
        raise error

    monkeypatch.setattr(sessions, "identify", fail)

    found = fault()

    assert (found.text, found.advice) == (text, advice)


def test_a_region_that_is_not_enabled_is_told_from_wrong_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS refuses every token in a region that the account has not enabled."""
    refused = ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "..."}}, "GetCallerIdentity")

    def fail(*_: object) -> Caller:
        raise refused

    monkeypatch.setattr(sessions, "identify", fail)

    found = credentials.identify(settings(region="ap-east-1"))

    assert isinstance(found, Finding)
    assert (found.place, found.text) == ("region", "dev.region: ap-east-1 is not enabled in the account")
    assert fault().text == "AWS does not accept the credentials (InvalidClientTokenId)"


@pytest.mark.parametrize(
    "error",
    [ResponseParserError("b'<html>'"), KeyError("GetCallerIdentityResult"), ClientError({}, "GetCallerIdentity")],
)
def test_an_answer_of_a_proxy_is_named(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore reads an HTML page as an answer without its members, or cannot read it."""

    def refuse(*_: object) -> Caller:
        raise error

    monkeypatch.setattr(sessions, "identify", refuse)

    assert fault().text == "the answer to GetCallerIdentity does not come from AWS"
