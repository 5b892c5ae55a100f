"""Tests of sessions: of the caller, of a role, and in the wrong account."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials

from operations.sessions import session
from settings import Settings
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.roles import role_of_account
from tools.outside import OutsideError


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)


def _credentials(session: boto3.Session) -> Credentials:
    found = session.get_credentials()
    assert found
    return found


def settings(**own: str) -> Settings:
    table = {"environment": "dev", "app": "shop", "region": REGION, "domain": "shop.example.com"}
    return Settings.model_validate(table | own)


def test_without_a_role_the_session_is_the_callers() -> None:
    own, other = session(settings(account_id=ACCOUNT), "test"), session(settings(), "test", region="us-east-2")

    assert (own.region_name, other.region_name) == (REGION, "us-east-2")
    assert _credentials(own).access_key == clients().local.key.access_key


def test_the_session_is_that_of_the_role_and_is_renewed() -> None:
    role = role_of_account(clients().local, "222222222222", "deploy")
    made = session(settings(role_arn=role, account_id="222222222222"), "test")

    caller = made.client("sts").get_caller_identity()["Arn"]
    assert caller == "arn:aws:sts::222222222222:assumed-role/deploy/test"
    credentials = _credentials(made)
    first = credentials.access_key
    credentials._expiry_time = datetime.now(UTC) + timedelta(minutes=1)
    assert credentials.access_key != first
    assert made.client("sts").get_caller_identity()["Arn"] == caller


def test_credentials_of_another_account_are_refused() -> None:
    with pytest.raises(OutsideError, match=r"^dev\.account_id: the credentials must belong to account 2{12}, got arn:"):
        session(settings(account_id="222222222222"), "test")


def test_every_client_of_a_session_has_its_configuration() -> None:
    role = role_of_account(clients().local, ACCOUNT, "configured")
    config = Config(connect_timeout=7)

    for made in (session(settings(), "test", config=config), session(settings(role_arn=role), "test", config=config)):
        assert made.client("ec2").meta.config.connect_timeout == 7
