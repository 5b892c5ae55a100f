"""Cases of the fixes of moto: the local AWS answers as AWS does, and moto alone does not."""

import os
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from localaws.fixes import Fix

REGION = "us-east-1"  # the only region in which moto has a zone without Fargate

Client = Callable[[str], Any]  # returns the boto3 client of a service
Scenario = Callable[[Client], object]  # calls AWS, and returns the answers that matter

COVERED: set[Fix] = set()
"""The fixes that have a case."""


def case(fix: Fix, *, in_aws: object) -> Callable[[Scenario], Callable[..., None]]:
    """Turn a scenario into a test: with the fix it returns `in_aws`, and with moto alone it does not."""
    COVERED.add(fix)

    def made_a_test(scenario: Scenario) -> Callable[..., None]:
        @pytest.mark.parametrize("where", ["local_aws", pytest.param("moto_alone", marks=pytest.mark.slow)])
        def test(where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
            if where == "local_aws":
                assert _seen(scenario, request.getfixturevalue("aws_with_fixes").client) == in_aws
            else:
                seen = _seen_in_moto_alone(scenario, monkeypatch)
                assert seen != in_aws, f"moto has caught up: delete {fix.__module__}.{fix.__name__} and this case"

        return test

    return made_a_test


def refusal(call: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """Return the error of a call as `code: message`, or "" if the call succeeds."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        return "{Code}: {Message}".format(**error.response["Error"])
    return ""


def _seen_in_moto_alone(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> object:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)  # such as the endpoint of a rehearsal that was kept
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # loading them takes a third of a second in each test
    with mock_aws():
        return _seen(scenario, lambda service: boto3.client(service, region_name=REGION))


def _seen(scenario: Scenario, client: Client) -> object:
    try:
        return scenario(client)
    except (ClientError, NotImplementedError, StopIteration, KeyError) as error:
        return str(error)
