"""Whether an event matches an EventBridge event pattern.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class InvalidPatternError(ValueError):
    """A pattern that EventBridge would have refused; the message says what is wrong with it."""


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Tell whether every field of the pattern finds what it wants in the event.

    A field of the event that holds a list matches if one of its elements does. Numbers are compared as they are
    written, 300 is not 300.0, except by `numeric`.
    """
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def check(pattern: Any) -> None:
    """Refuse wildcards that EventBridge cannot read, wherever they are in a pattern.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching

    Raises:
        InvalidPatternError: Two are in a row, or a backslash is before another character than `*` or a backslash.
    """
    if isinstance(pattern, list):
        for item in pattern:
            check(item)
    elif isinstance(pattern, dict):
        for name, operand in pattern.items():
            for wildcard in operand if isinstance(operand, list) else [operand]:
                if name == "wildcard" and isinstance(wildcard, str):
                    _signs(wildcard)
            check(operand)


def _field_matches(name: str, wanted: Any, event: dict[str, Any]) -> bool:
    if name == "$or":
        return any(matches(alternative, event) for alternative in wanted)
    value = event.get(name, [])
    if isinstance(wanted, dict):
        found = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
        return any(matches(wanted, item) for item in found or [{}])
    if not isinstance(wanted, list):
        raise InvalidPatternError(f"{name!r} must be an object or an array, got {wanted!r}")
    leaves = list(_leaves(value))
    return any(_matcher_matches(matcher, leaves) for matcher in wanted)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, dict):
        yield value


def _matcher_matches(matcher: Any, leaves: list[Any]) -> bool:
    if not isinstance(matcher, dict):
        return any(_same(matcher, leaf) for leaf in leaves)
    name, operand = _only_entry(matcher)
    if name == "exists":
        return bool(leaves) is operand
    return any(_operator(name)(operand, leaf) for leaf in leaves)


def _same(wanted: Any, value: Any) -> bool:
    return json.dumps(wanted) == json.dumps(value)


def _only_entry(matcher: dict[str, Any]) -> tuple[str, Any]:
    if len(matcher) != 1:
        raise InvalidPatternError(f"a matcher has exactly one operator, got {matcher!r}")
    return next(iter(matcher.items()))


def _operator(name: str) -> Callable[[Any, Any], bool]:
    if name not in _OPERATORS:
        raise InvalidPatternError(f"EventBridge has no operator {name!r}; it has exists, {', '.join(_OPERATORS)}")
    return _OPERATORS[name]


def _prefix(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, str) and value.lower().startswith(wanted["equals-ignore-case"].lower())
    return isinstance(value, str) and value.startswith(wanted)


def _suffix(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, str) and value.lower().endswith(wanted["equals-ignore-case"].lower())
    return isinstance(value, str) and value.endswith(wanted)


def _equals_ignore_case(wanted: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == wanted.lower()


def _anything_but(unwanted: Any, value: Any) -> bool:
    matcher: Callable[[Any, Any], bool] = _same
    if isinstance(unwanted, dict):
        name, unwanted = _only_entry(unwanted)
        matcher = _operator(name)
    return not any(matcher(item, value) for item in (unwanted if isinstance(unwanted, list) else [unwanted]))


def _numeric(conditions: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_COMPARISONS[sign](value, limit) for sign, limit in zip(conditions[::2], conditions[1::2], strict=True))


def _cidr(network: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _wildcard(wanted: str, value: Any) -> bool:
    expression = "".join(".*" if sign == "*" else re.escape(sign[-1]) for sign in _signs(wanted))
    return isinstance(value, str) and re.fullmatch(expression, value, re.DOTALL) is not None


def _signs(wildcard: str) -> list[str]:
    """Cut a wildcard into its signs: a backslash before `*` or itself makes that an ordinary sign."""
    signs = re.findall(r"\\[*\\]|.", wildcard, re.DOTALL)
    if "\\" in signs:
        raise InvalidPatternError(f"Invalid escape character in {wildcard!r}")
    if ("*", "*") in pairwise(signs):
        raise InvalidPatternError(f"Consecutive wildcard characters in {wildcard!r}")
    return signs


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "wildcard": _wildcard,
}
