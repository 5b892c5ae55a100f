"""docs/fidelity.md: every resource type of every stack has a row, and each row its source and a test."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from localaws import fixes
from tests.support.lists import listed
from tests.support.lists.resource_types import types
from tests.support.synthesized import PROD, ROOT, Stack, System
from tests.support.workflow_roles import ci

PAGE = ROOT / "docs" / "fidelity.md"
MARKS = {"page", "model", "recorded", "field report"}


@dataclass(frozen=True)
class Row:
    type: str
    operation: str
    filled_in: str
    source: str
    test: str


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `aws_")
]


TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_every_resource_type_of_every_stack_has_a_row(dev: System, prod: System, state: Stack, tmp_path: Path) -> None:
    deployed = types([*dev.values(), *prod.values(), state, ci(tmp_path, PROD)])

    listed.check(missing_rows(deployed, {row.type.strip("`") for row in ROWS}))


def missing_rows(deployed: set[str], with_row: set[str]) -> list[str]:
    """Return a line for each type without a row in the table of answers, and for each row of another type."""
    return listed.faults(
        deployed,
        with_row,
        place='docs/fidelity.md, table in the section "Answers"',
        entry="| `{}` |".format,
        end=" <operation> | <values that AWS fills in> | recorded | "
        "`test_the_answers_are_as_recorded_and_as_modeled` |",
    )


def test_a_type_without_a_row_is_named() -> None:
    [line] = missing_rows({"aws_gamelift_alias"}, set())

    assert line.startswith(
        'docs/fidelity.md, table in the section "Answers": add | `aws_gamelift_alias` | <operation> |'
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.type} {row.operation}")
def test_every_row_has_a_marked_source_and_an_existing_test(row: Row) -> None:
    mark, _, link = row.source.partition(": ")

    assert mark in MARKS
    assert bool(re.fullmatch(r"\[.+\]\(https://.+\)", link)) == (mark in {"page", "field report"})
    assert row.test.strip("`") in TESTS


@pytest.mark.parametrize("service", fixes.SERVICES)
def test_every_refusal_has_a_row(service: str) -> None:
    tests = ROOT / "tests" / "localaws" / service / "test_refusals.py"
    rows = re.findall(r"^\| [^`]+ \| `(test_\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    if tests.exists():
        assert set(re.findall(r"^def (test_\w+)", tests.read_text(encoding="utf-8"), re.MULTILINE)) <= set(rows)
