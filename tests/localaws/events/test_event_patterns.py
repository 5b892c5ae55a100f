"""Event patterns, by the examples of the EventBridge user guide.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
"""

from typing import Any

import pytest

from localaws.events.event_patterns import InvalidPatternError, matches

INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaaaaaaa"
COMPLEX = {
    "time": [{"prefix": "2017-10-02"}],
    "detail": {
        "state": [{"anything-but": "initializing"}],
        "c-count": [{"numeric": [">", 0, "<=", 5]}],
        "d-count": [{"numeric": ["<", 10]}],
        "x-limit": [{"anything-but": [100, 200, 300]}],
    },
}
ALTERNATIVES = {
    "source": ["aws.ecr"],
    "detail": {
        "$or": [
            {"c-count": [{"numeric": [">", 0, "<=", 5]}]},
            {"d-count": [{"numeric": ["<", 10]}]},
            {"x-limit": [{"numeric": ["=", 3.018e2]}]},
        ]
    },
}
ECR = {
    "source": ["aws.ecr"],
    "detail": {"action-type": ["PUSH"], "result": ["SUCCESS"], "image-tag": ["latest", "stable"]},
}
ECR_PUSH = {"source": "aws.ecr", "detail": {"action-type": "PUSH", "result": "SUCCESS", "image-tag": "latest"}}


def test_every_field_of_the_pattern_must_match() -> None:
    assert matches(ECR, ECR_PUSH)
    assert matches(ECR, ECR_PUSH | {"region": "eu-central-1"})
    assert not matches(ECR, ECR_PUSH | {"source": "aws.ec2"})
    assert not matches(ECR, {"source": "aws.ecr", "detail": {"action-type": "PUSH", "result": "SUCCESS"}})
    assert not matches(ECR, {"source": "aws.ecr"})


@pytest.mark.parametrize(
    ("matchers", "matching", "other"),
    [
        (["a", "b"], ["a", "b"], ["c", "A", "", None]),
        ([""], [""], ["a", None]),
        ([None], [None], ["", "null", 0]),
        ([300], [300], [300.0, "300", True]),
        ([True], [True], ["true", 1]),
        ([{"prefix": "us-"}], ["us-east-1", "us-"], ["eu-us-1", "US-east-1", 3]),
        ([{"prefix": {"equals-ignore-case": "EventB"}}], ["EventBridge", "eventbridge"], ["MyEventBridge"]),
        ([{"suffix": ".png"}], ["a.png"], ["a.PNG", "a.png.txt", 3]),
        ([{"suffix": {"equals-ignore-case": ".tXt"}}], ["a.TXT"], ["a.txt.gz"]),
        ([{"equals-ignore-case": "State-Change"}], ["STATE-change"], ["state change", 3]),
        ([{"anything-but": "initializing"}], ["running", 3], ["initializing"]),
        ([{"anything-but": 123}], [124, "123"], [123]),
        ([{"anything-but": ["stopped", "overloaded"]}], ["running"], ["stopped", "overloaded"]),
        ([{"anything-but": [100, 200, 300]}], [150], [100, 300]),
        ([{"anything-but": {"prefix": "init"}}], ["running"], ["initializing"]),
        ([{"anything-but": {"prefix": ["init", "error"]}}], ["running"], ["initializing", "errors"]),
        ([{"anything-but": {"suffix": ".txt"}}], ["a.png"], ["a.txt"]),
        ([{"anything-but": {"suffix": [".txt", ".rtf"]}}], ["a.png"], ["a.txt", "b.rtf"]),
        ([{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}], ["running"], ["STOPPED"]),
        ([{"anything-but": {"wildcard": "*/lib/*"}}], ["dir/src/a"], ["dir/lib/a"]),
        ([{"anything-but": {"wildcard": ["", "sha256-*"]}}], ["latest", "sha-1"], ["", "sha256-ab.sig", "sha256-"]),
        ([{"exists": False}, {"anything-but": {"prefix": "a/b."}}], ["a/c", "", None], ["a/b.c"]),
        ([{"wildcard": "v*"}], ["v", "v1"], ["", "1v", "V1", None, 1]),
        ([{"wildcard": "v*-*"}], ["v-", "v1-rc"], ["v1"]),
        ([{"numeric": [">", 0, "<=", 5]}], [1, 5, 0.5], [0, 5.1, "3", True, None]),
        ([{"numeric": ["=", 3.018e2]}], [301.8], [301]),
        ([{"numeric": [">=", 3]}], [3], [2.9]),
        ([{"cidr": "10.0.0.0/24"}], ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "none", ""]),
        ([{"cidr": "2001:db8::/32"}], ["2001:db8::1"], ["2001:db9::1", "10.0.0.1"]),
        ([{"wildcard": "dir/*.png"}], ["dir/a.png", "dir/.png", "dir/a/b.png"], ["dir/a.jpg", "a/dir/a.png"]),
        ([{"wildcard": "a\\*b\\\\*"}], ["a*b\\", "a*b\\c"], ["aXb\\", "a*b"]),
        ([{"wildcard": "a.c"}], ["a.c"], ["abc"]),
        ([{"prefix": "v"}, "latest", {"numeric": [">", 7]}], ["v1", "latest", 8], ["w1", 7]),
    ],
)
def test_a_matcher_matches_its_values_only(matchers: list[Any], matching: list[Any], other: list[Any]) -> None:
    assert [value for value in matching if not matches({"field": matchers}, {"field": value})] == []
    assert [value for value in other if matches({"field": matchers}, {"field": value})] == []


@pytest.mark.parametrize("matcher", [{"prefix": ""}, {"anything-but": "x"}, {"wildcard": "*"}, {"anything-but": [1]}])
def test_no_matcher_but_exists_matches_an_absent_field(matcher: dict[str, Any]) -> None:
    assert not matches({"field": [matcher]}, {})
    assert not matches({"detail": {"field": [matcher]}}, {"detail": {}})


def test_exists_looks_for_a_leaf() -> None:
    present, absent = {"detail": {"state": [{"exists": True}]}}, {"detail": {"state": [{"exists": False}]}}
    for event, is_there in (
        ({"detail": {"state": "x"}}, True),
        ({"detail": {"state": None}}, True),
        ({"detail": {}}, False),
        ({}, False),
        ({"detail": {"state": {"name": "x"}}}, False),
    ):
        assert (matches(present, event), matches(absent, event)) == (is_there, not is_there), event


def test_a_list_in_the_event_matches_by_one_element() -> None:
    pattern = {"resources": [INSTANCE, {"prefix": "arn:aws:s3"}]}
    assert matches(pattern, {"resources": ["arn:aws:sns:x", INSTANCE]})
    assert matches(pattern, {"resources": ["arn:aws:s3:::bucket"]})
    assert not matches(pattern, {"resources": ["arn:aws:sns:x"]})
    assert not matches(pattern, {"resources": []})


def test_one_object_of_a_list_must_match_as_a_whole() -> None:
    pattern = {"detail": {"employees": {"name": ["Bob"], "city": ["Berlin"]}}}
    assert matches(pattern, {"detail": {"employees": [{"name": "Eve"}, {"name": "Bob", "city": "Berlin"}]}})
    assert not matches(
        pattern, {"detail": {"employees": [{"name": "Bob", "city": "Rome"}, {"name": "Eve", "city": "Berlin"}]}}
    )


def test_matchers_combine() -> None:
    detail = {"state": "running", "c-count": 2, "d-count": 9, "x-limit": 301.8}
    assert matches(COMPLEX, {"time": "2017-10-02T00:00:00Z", "detail": detail})
    for name, value in (("state", "initializing"), ("c-count", 6), ("d-count", 10), ("x-limit", 200)):
        assert not matches(COMPLEX, {"time": "2017-10-02T00:00:00Z", "detail": detail | {name: value}}), name
    assert not matches(COMPLEX, {"time": "2017-11-02T00:00:00Z", "detail": detail})


def test_or_needs_one_alternative_and_the_other_fields() -> None:
    for detail in ({"c-count": 1}, {"d-count": 5}, {"x-limit": 301.8}, {"c-count": 9, "d-count": 5}):
        assert matches(ALTERNATIVES, {"source": "aws.ecr", "detail": detail}), detail
        assert not matches(ALTERNATIVES, {"source": "aws.ec2", "detail": detail}), detail
    assert not matches(ALTERNATIVES, {"source": "aws.ecr", "detail": {"c-count": 9, "d-count": 11}})


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ({"f": [{"like": "x"}]}, "EventBridge has no operator 'like'"),
        ({"f": [{"prefix": "x", "suffix": "y"}]}, "a matcher must have exactly one operator"),
        ({"f": "x"}, "'f' must be an object or an array, got 'x'"),
        ({"f": [{"prefix": 1}]}, "the operand must be a string, got 1"),
        ({"f": [{"wildcard": "a**"}]}, "Consecutive wildcard characters in 'a\\*\\*'"),
        ({"f": [{"anything-but": {"wildcard": ["y", "\\a"]}}]}, "Invalid escape character in "),
    ],
)
def test_a_pattern_that_eventbridge_refuses_raises(pattern: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidPatternError, match=message):
        matches(pattern, {"f": "x"})
