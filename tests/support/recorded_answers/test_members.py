"""Tests of the members of recorded answers: placeholders, times and merges."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.recorded_answers.members import error_faults, faults, filled, merged, timed
from tests.support.recorded_answers.session import operation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERVICES = operation("ecs.DescribeServices")


def test_placeholders_are_filled_in_keys_and_values() -> None:
    assert filled({"${a}": ["x-${b}", 1]}, {"a": "key", "b": "1"}) == {"key": ["x-1", 1]}


def test_an_unknown_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError, match="cluster"):
        filled("${cluster}", {"name": "x"})


def test_an_age_in_a_timestamp_is_a_time() -> None:
    answer = {"services": [{"createdAt": "-2h", "roleArn": "-2h", "events": [{"createdAt": "-90s"}]}]}

    [service] = timed(SERVICES.output_shape, answer, NOW)["services"]

    assert service["createdAt"] == NOW - timedelta(hours=2)
    assert service["events"][0]["createdAt"] == NOW - timedelta(seconds=90)
    assert service["roleArn"] == "-2h"


def test_a_timestamp_that_is_not_an_age_is_an_error() -> None:
    with pytest.raises(ValueError, match="a time must be an age such as -90s or -2h, got '2026-01-01'"):
        timed(SERVICES.output_shape, {"services": [{"createdAt": "2026-01-01"}]})


@pytest.mark.parametrize(
    ("answered", "recorded", "both"),
    [
        ({"a": 1, "b": {"c": 1, "d": 1}}, {"b": {"c": 2}}, {"a": 1, "b": {"c": 2, "d": 1}}),
        ({"a": 1, "b": 2}, {"b": None}, {"a": 1}),
        ([{"a": 1}, {"a": 2}], [{"b": 1}], [{"a": 1, "b": 1}]),
        ([{"a": 1}], [{}, {"b": 1}], [{"a": 1}, {"a": 1, "b": 1}]),
        ([{"a": 1}], [], []),
        ([], [{"a": 1, "b": None}], [{"a": 1}]),
    ],
)
def test_recorded_members_are_merged_into_the_answer(answered: Any, recorded: Any, both: Any) -> None:
    assert merged(answered, recorded) == both


def test_a_missing_member_is_not_a_fault() -> None:
    assert faults(operation("logs.GetLogEvents"), {"events": [{}]}) == []


def test_an_unknown_member_and_an_unknown_value_are_faults() -> None:
    found = faults(SERVICES, {"services": [{"launchType": "LAMBDA", "runingCount": 1}]})

    assert [fault.partition(":")[0] for fault in found] == ["DescribeServices"] * 2


@pytest.mark.parametrize(
    ("name", "code", "is_known"),
    [
        ("ecr.DescribeImages", "ImageNotFoundException", True),
        ("ecr.DescribeImages", "AccessDeniedException", True),
        ("ecr.DescribeImages", "ImageNotFound", False),
    ],
)
def test_an_error_must_be_one_of_the_operation(name: str, code: str, *, is_known: bool) -> None:
    assert (error_faults(operation(name), code) == []) == is_known
