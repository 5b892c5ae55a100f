"""EventBridge's event patterns, and the comparison of events with patterns.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from localaws.json_types import JsonObject

Operator = Callable[[object, object], bool]
"""A function that compares the operand of a matcher with a value of the event."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class InvalidPatternError(ValueError):
    """A pattern that EventBridge would have refused; the message says why."""


def matches(pattern: JsonObject, event: JsonObject) -> bool:
    """Return whether every field of the pattern matches the event.

    A list in the event matches if one of its elements matches. Numbers are compared as they are written: 300 does not
    match 300.0, except with the operator `numeric`.

    Raises:
        InvalidPatternError: EventBridge would have refused the pattern.
    """
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def check(pattern: object) -> None:
    r"""Refuse a pattern with an invalid wildcard.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching

    Raises:
        InvalidPatternError: A wildcard has two `*` in a row, or a backslash before a character other than `*` or `\`.
    """
    if isinstance(pattern, list):
        for item in pattern:
            check(item)
    elif isinstance(pattern, dict):
        for name, operand in pattern.items():
            for wildcard in operand if isinstance(operand, list) else [operand]:
                if name == "wildcard" and isinstance(wildcard, str):
                    _parts(wildcard)
            check(operand)


def _field_matches(name: str, wanted: object, event: JsonObject) -> bool:
    if isinstance(wanted, list) and name == "$or":
        return any(matches(alternative, event) for alternative in wanted)
    value = event.get(name, [])
    if isinstance(wanted, dict):
        objects = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
        return any(matches(wanted, item) for item in objects or [{}])
    if not isinstance(wanted, list):
        raise InvalidPatternError(f"{name!r} must be an object or an array, got {wanted!r}")
    leaves = list(_leaves(value))
    return any(_matcher_matches(matcher, leaves) for matcher in wanted)


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, dict):
        yield value


def _matcher_matches(matcher: object, leaves: list[object]) -> bool:
    if not isinstance(matcher, dict):
        return any(_equals(matcher, leaf) for leaf in leaves)
    name, operand = _only_entry(matcher)
    if name == "exists":
        return bool(leaves) is operand
    return any(_operator(name)(operand, leaf) for leaf in leaves)


def _only_entry(matcher: JsonObject) -> tuple[str, object]:
    if len(matcher) != 1:
        raise InvalidPatternError(f"a matcher must have exactly one operator, got {matcher!r}")
    return next(iter(matcher.items()))


def _operator(name: str) -> Operator:
    if name not in _OPERATORS:
        raise InvalidPatternError(
            f"EventBridge has no operator {name!r}; its operators are exists, {', '.join(_OPERATORS)}"
        )
    return _OPERATORS[name]


def _equals(operand: object, value: object) -> bool:
    return json.dumps(operand) == json.dumps(value)


def _text(operand: object) -> str:
    if not isinstance(operand, str):
        raise InvalidPatternError(f"the operand must be a string, got {operand!r}")
    return operand


def _text_operator(compare: Callable[[str, str], bool]) -> Operator:
    """Return an operator that compares strings. With the operand `{"equals-ignore-case": text}`, it ignores case."""

    def compare_texts(operand: object, value: object) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return compare(value.lower(), _text(operand["equals-ignore-case"]).lower())
        return compare(value, _text(operand))

    return compare_texts


def _equals_ignore_case(operand: object, value: object) -> bool:
    return isinstance(value, str) and value.lower() == _text(operand).lower()


def _anything_but(operand: object, value: object) -> bool:
    compare: Operator = _equals
    if isinstance(operand, dict):
        name, operand = _only_entry(operand)
        compare = _operator(name)
    return not any(compare(item, value) for item in (operand if isinstance(operand, list) else [operand]))


def _numeric(operand: object, value: object) -> bool:
    """Compare a number with pairs of a sign and a limit, such as `[">", 0, "<=", 5]`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(operand, list):
        return False
    return all(_COMPARISONS[sign](value, limit) for sign, limit in zip(operand[::2], operand[1::2], strict=True))


def _cidr(operand: object, value: object) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(_text(operand), strict=False)
    except ValueError:
        return False


def _wildcard(operand: object, value: object) -> bool:
    expression = "".join(".*" if part == "*" else re.escape(part[-1]) for part in _parts(_text(operand)))
    return isinstance(value, str) and re.fullmatch(expression, value, re.DOTALL) is not None


def _parts(wildcard: str) -> list[str]:
    r"""Split a wildcard into its characters. The escape sequences `\*` and `\\` are not split."""
    parts = re.findall(r"\\[*\\]|.", wildcard, re.DOTALL)
    if "\\" in parts:
        raise InvalidPatternError(f"Invalid escape character in {wildcard!r}")
    if ("*", "*") in pairwise(parts):
        raise InvalidPatternError(f"Consecutive wildcard characters in {wildcard!r}")
    return parts


_OPERATORS: dict[str, Operator] = {
    "prefix": _text_operator(str.startswith),
    "suffix": _text_operator(str.endswith),
    "equals-ignore-case": _equals_ignore_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "wildcard": _wildcard,
}
