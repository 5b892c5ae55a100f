"""Tests of which execution belongs to the last push. The tests of `ops wait` push images."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from operations.commands.wait.push import LastPush, execution
from operations.system.pipeline import Execution
from tests.support.ops.incidents import BEGAN, EXECUTION

PUSH = LastPush("A", ("latest",), BEGAN)
OLD, OTHER, NEW = (replace(EXECUTION, id=id_, digest=digest) for id_, digest in (("e1", "A"), ("e2", "B"), ("e3", "A")))


def chosen(*looks: list[Execution], runs: str = "B") -> Execution | None:
    """Return the execution that is found if ECR's event arrives between two looks."""
    left = [*looks]
    environment: Any = SimpleNamespace(
        newest_executions=lambda: left.pop(0) if len(left) > 1 else left[0],
        running=lambda: SimpleNamespace(digest=runs),
    )
    return execution(environment, PUSH, 10)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([[OLD]], OLD),
        ([[OTHER, OLD], [OTHER, OLD], [NEW, OTHER, OLD]], NEW),
        ([[OTHER, replace(OLD, status="InProgress")]], replace(OLD, status="InProgress")),
        ([[replace(NEW, digest=""), OTHER, OLD], [replace(NEW, digest=""), OTHER, OLD], [NEW, OTHER, OLD]], NEW),
    ],
    ids=["newest", "event is late", "in progress", "source is late"],
)
def test_an_image_that_is_pushed_again_has_a_newer_execution(looks: list[list[Execution]], expected: Execution) -> None:
    assert chosen(*looks) == expected


def test_an_image_that_runs_already_may_have_no_execution() -> None:
    assert chosen([OTHER], runs="A") is None
