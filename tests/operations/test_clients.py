"""Tests of the clients of a session: created when needed, one for each service and region, in any thread."""

from functools import partial

import boto3
import pytest

from operations.clients import Clients
from operations.wait import every
from tests.support.localaws.aws_pipeline import REGION
from tools.outside import OutsideError


def test_threads_share_one_client_of_each_service_and_region() -> None:
    session = boto3.Session("key", "secret", region_name=REGION)
    created: list[str] = []
    session.events.register("creating-client-class.sts", lambda **_: created.append("sts"))
    client = Clients(session)
    assert created == []

    found = every({str(number): partial(client, "sts") for number in range(8)}, 60)
    other = client("sts", region="us-east-1")

    assert {id(each) for each in found.values()} == {id(client("sts", region=REGION))}
    assert (other.meta.region_name, client("sts").meta.region_name) == ("us-east-1", REGION)
    assert created == ["sts", "sts"]


def test_a_malformed_configuration_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "localhost")

    with pytest.raises(OutsideError, match="the AWS configuration cannot be used: Invalid endpoint: localhost"):
        Clients(boto3.Session("key", "secret", region_name=REGION))("sts")
