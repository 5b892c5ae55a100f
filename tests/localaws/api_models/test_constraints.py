"""Checks of values against shapes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto.core.utils import get_service_model

from localaws.api_models.constraints import Check
from localaws.api_models.parsers import Text


def faults(service: str, shape: str, value: Any) -> list[tuple[str, str]]:
    check = Check(in_json=True)
    check.value(get_service_model(service).shape_for(shape), value)
    return [(fault.kind, fault.member) for fault in check.faults]


@pytest.mark.parametrize(
    ("shape", "value", "fits"),
    [
        ("DateType", 1780000000, True),
        ("DateType", "2026-11-26T00:00:00Z", True),
        ("DateType", datetime(2026, 11, 26, tzinfo=UTC), True),
        ("DateType", "yesterday", False),
        ("DateType", True, False),
        ("CiphertextType", "YWJj", True),
        ("CiphertextType", b"abc", True),
        ("CiphertextType", "no base64", False),
        ("BooleanType", 1, False),
        ("LimitType", 10, True),
        ("LimitType", 10.0, False),
        ("LimitType", Text("10"), True),
        ("LimitType", Text("1e1"), False),
        ("LimitType", 1001, False),
        ("AliasList", {}, False),
    ],
)
def test_the_json_values_of_each_type(shape: str, value: Any, fits: bool) -> None:  # noqa: FBT001
    assert (faults("kms", shape, value) == []) == fits


def test_a_fault_in_a_map_or_list_has_its_path() -> None:
    container = {"dockerLabels": {"a": 1}, "portMappings": [{"containerPort": 80}, {"protocol": "sctp"}]}

    assert faults("ecs", "ContainerDefinition", container) == [
        ("enum", "portMappings.2.protocol"),
        ("type", "dockerLabels.a"),
    ]


@pytest.mark.parametrize(("members", "kinds"), [({}, ["union"]), ({"PolicyArn": "a" * 20}, [])])
def test_a_union_has_exactly_one_member(members: dict[str, str], kinds: list[str]) -> None:
    assert [kind for kind, _ in faults("iam", "PolicyIdentifier", members)] == kinds
