"""Filter patterns of log events, as CloudWatch Logs documents them."""

import pytest

from localaws.logs.filter_patterns import FilterPatternError, UnknownPatternError, matcher

MESSAGES = ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "[WARN] user@example.com is slow", "OK"]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("", [0, 1, 2, 3]),
        ("ERROR", [0, 1]),
        ("ERROR REQUEST BAD", [0]),
        ("?400 ?WARN", [0, 2]),
        ("ERROR -BAD", [1]),
        ("-REQUEST", [2, 3]),
        ('"BAD REQUEST"', [0]),
        ('"user@example.com" WARN', [2]),
        ('ERROR -"BAD REQUEST"', [1]),
        ("ERROR ?WARN", [0, 1]),
        ("%40[01]%", [0, 1]),
        ("%^OK$%", [3]),
    ],
)
def test_a_pattern_matches_messages(pattern: str, matching: list[int]) -> None:
    matches = matcher(pattern)

    assert [number for number, message in enumerate(MESSAGES) if matches(message)] == matching


@pytest.mark.parametrize(
    "pattern", ["user@example.com", '"open', '""', "[a, b", "{ $.a = 1", "%a", "%", "%(a)%", "%[%", "a-b", "-", "?"]
)
def test_a_malformed_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(FilterPatternError):
        matcher(pattern)


@pytest.mark.parametrize("pattern", ["{ $.level = 40 }", "[ip, user, code = 4*]"])
def test_a_pattern_for_json_or_columns_is_not_known(pattern: str) -> None:
    with pytest.raises(UnknownPatternError):
        matcher(pattern)
