"""Constraints on the AWS provider's version: their form, and whether any version satisfies them."""

import operator
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from settings.versions import VersionConstraints
from tests.support.settings_files import refusal, with_line

Number = tuple[int, ...]

COMPARED: dict[str, Callable[[Number, Number], bool]] = {
    "": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
NUMBER = st.lists(st.integers(0, 2), min_size=1, max_size=3).map(tuple)


def is_accepted(constraints: str) -> bool:
    try:
        TypeAdapter(VersionConstraints).validate_python(constraints)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("text", ["latest", ">= 5,", "", "5.1.2.3", "=> 5", "5-beta", "9" * 5_000, ">= 5,     ,"])
def test_text_that_is_not_a_constraint_is_refused(text: str, tmp_path: Path) -> None:
    [line] = refusal(with_line(tmp_path, f'aws_provider_versions = "{text}"'))

    assert line.startswith("dev.aws_provider_versions: must be version constraints such as >= 5.100.0, < 7.0.0, got ")


@pytest.mark.parametrize(
    "text",
    ["> 6.0, < 5.0", "= 5.1, = 5.2", "~> 5, >= 6", "~> 5.1.0, 5.2", "5.1, != 5.1.0", "< 0", "> 5.0.0, < 5.0.1"],
)
def test_unsatisfiable_constraints_are_refused(text: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, f'aws_provider_versions = "{text}"')) == [
        f"dev.aws_provider_versions: must allow at least one version, got '{text}'"
    ]


@pytest.mark.parametrize(
    "text", ["5.100.0", "~> 5", "~> 5, > 5.9", ">=5.90,!=5.91.0", "> 5.0.0, < 5.0.2", ">= 5, <= 5, != 4", "= 5, 5.0.0"]
)
def test_satisfiable_constraints_are_accepted(text: str) -> None:
    assert is_accepted(text)


def allows(sign: str, bound: Number, version: Number) -> bool:
    """Return whether a constraint allows a version, by the rules of Terraform's documentation."""
    whole = (*bound, 0, 0)[:3]
    if sign == "~>":
        fixed = max(len(bound) - 1, 1)
        return version >= whole and version[:fixed] == whole[:fixed]
    return COMPARED[sign](version, whole)


@given(st.lists(st.tuples(st.sampled_from([*COMPARED, "~>"]), NUMBER), min_size=1, max_size=4))
def test_constraints_are_valid_if_any_version_satisfies_them(constraints: list[tuple[str, Number]]) -> None:
    text = ", ".join(f"{sign} {'.'.join(map(str, bound))}".strip() for sign, bound in constraints)
    versions = product(range(4), range(4), range(8))

    assert is_accepted(text) == any(
        all(allows(sign, bound, version) for sign, bound in constraints) for version in versions
    )
