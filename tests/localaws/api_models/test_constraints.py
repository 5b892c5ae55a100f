"""Values held against shapes: how the patterns of AWS's models are read, and what JSON may have for a type."""

from datetime import UTC, datetime
from typing import Any

import pytest
from moto.core.utils import get_service_model

from localaws.api_models.constraints import Check, pattern
from localaws.api_models.decode import Text

SERVICES = [
    *("acm", "application-autoscaling", "cloudwatch", "codebuild", "codepipeline", "ec2", "ecr", "ecs", "elbv2"),
    *("events", "iam", "kms", "logs", "rds", "route53", "s3", "secretsmanager", "sns", "ssm", "stepfunctions", "sts"),
]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.filterwarnings("error")
def test_every_pattern_of_the_models_can_be_read(service: str) -> None:
    model = get_service_model(service)
    traits = [model.shape_for(name).metadata for name in model.shape_names]

    assert all(pattern(each["pattern"]).pattern for each in traits if "pattern" in each)


@pytest.mark.parametrize(
    ("java", "fits", "does_not"),
    [
        (r"[\w+=,.@-]+", "a_9-@", "é"),
        (r"\d{2}", "12", "1٣"),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "é ٣", "!"),
        (r"\p{ASCII}+", "a~", "é"),
        (r"^[a-z]+$", "shop", "shop\n"),
        (r"a|b", "b", "ab"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]*", "a😀", "\ufffe"),
        (r"[a-z&&[^aeiou]]+", "xyz", "a"),
    ],
)
def test_a_pattern_is_read_as_java_reads_it_and_over_the_whole_value(java: str, fits: str, does_not: str) -> None:
    assert pattern(java).fullmatch(fits)
    assert not pattern(java).fullmatch(does_not)


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
def test_what_json_may_have_for_a_type(shape: str, value: Any, fits: bool) -> None:  # noqa: FBT001
    assert (faults("kms", shape, value) == []) == fits


def test_members_of_maps_and_lists_are_named_by_their_path() -> None:
    container = {"dockerLabels": {"a": 1}, "portMappings": [{"containerPort": 80}, {"protocol": "sctp"}]}

    assert faults("ecs", "ContainerDefinition", container) == [
        ("enum", "portMappings.2.protocol"),
        ("type", "dockerLabels.a"),
    ]


@pytest.mark.parametrize(("members", "kinds"), [({}, ["union"]), ({"PolicyArn": "a" * 20}, [])])
def test_a_union_has_exactly_one_member(members: dict[str, str], kinds: list[str]) -> None:
    assert [kind for kind, _ in faults("iam", "PolicyIdentifier", members)] == kinds
