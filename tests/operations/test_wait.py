"""Tests of waits for an AWS that throttles or does not answer."""

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from operations import wait
from operations.wait import patient, until


def answered(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeServices")  # type: ignore[arg-type] # the answer lacks other metadata


PASSING = [ReadTimeoutError(endpoint_url="https://ecs.example.com"), answered("ThrottlingException"), answered("", 502)]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_an_error_that_can_pass_does_not_end_a_wait(error: Exception) -> None:
    errors = [error, error]

    def find() -> str:
        if errors:
            raise errors.pop()
        return "found"

    assert until(patient(find), 10, "") == "found"


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_after_two_minutes_the_error_is_raised(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "PATIENCE_SECONDS", 0.0)

    def find() -> None:
        raise error

    with pytest.raises(type(error)):
        until(patient(find), 10, "")


@pytest.mark.parametrize("error", [answered("ExpiredTokenException"), NoCredentialsError()], ids=str)
def test_another_error_ends_a_wait_at_once(error: Exception) -> None:
    calls: list[Exception] = []

    def find() -> None:
        calls.append(error)
        raise error

    with pytest.raises(type(error)):
        until(patient(find), 10, "")
    assert calls == [error]
