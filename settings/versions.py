"""Type of the constraints on the version of the AWS provider.

https://developer.hashicorp.com/terraform/language/expressions/version-constraints
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from settings.values import matching

Version = tuple[float, float, float]

LOWEST, ABOVE_ALL = (0.0, 0.0, 0.0), (float("inf"), 0.0, 0.0)

OPERATOR = "!=|>=|<=|~>|=|>|<"
CONSTRAINT = rf"(?:(?:{OPERATOR}) *)?[0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{0,2}}"


def _check_satisfiable(constraints: str) -> str:
    """Refuse constraints if no version satisfies all of them."""
    found = re.findall(rf"({OPERATOR}|) *([0-9.]+)", constraints)
    ranges = [_range(operator, version) for operator, version in found]
    excluded = {_version(version) for operator, version in found if operator == "!="}
    lowest = max(low for low, _ in ranges)
    while lowest in excluded:
        lowest = _next(lowest)
    if lowest >= min(high for _, high in ranges):
        raise ValueError("must allow at least one version")
    return constraints


def _range(operator: str, text: str) -> tuple[Version, Version]:
    """Return the lowest version that a constraint allows, and the first version above the range that it allows."""
    version = major, minor, _ = _version(text)
    match operator:
        case ">":
            return _next(version), ABOVE_ALL
        case ">=":
            return version, ABOVE_ALL
        case "<":
            return LOWEST, version
        case "<=":
            return LOWEST, _next(version)
        case "~>":
            return version, (major, minor + 1, 0) if text.count(".") == 2 else (major + 1, 0, 0)
        case "!=":
            return LOWEST, ABOVE_ALL
        case _:
            return version, _next(version)


def _version(text: str) -> Version:
    major, minor, patch, *_ = (*map(float, text.split(".")), 0.0, 0.0)
    return major, minor, patch


def _next(version: Version) -> Version:
    major, minor, patch = version
    return major, minor, patch + 1


VersionConstraints = Annotated[
    str,
    matching(f"{CONSTRAINT}(?:, *{CONSTRAINT})*", "version constraints such as >= 5.100.0, < 7.0.0"),
    AfterValidator(_check_satisfiable),
]
