"""Tests of the order in which stacks are planned, and of stacks that wait."""

from typing import Any

import pytest

from operations.diff import stacks
from operations.diff.attributes import Attribute
from operations.diff.plan import Change
from operations.diff.stacks import plan
from operations.diff.summary import StackChanges
from tests.support.synthesized import System
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError

RULE = Change("aws_cloudwatch_event_rule.rule", "change", (Attribute("description", '"a"', '"b"'),))


class Planned(Cdktf):
    """A command line on which `dev-main` reads from `dev-dns`, and whose plans fail if there is something to say."""

    def __init__(self, output: str = "") -> None:
        self.output = output

    def dependencies(self, stack: str) -> list[str]:
        return ["dev-dns"] if stack == "dev-main" else []

    def plan(self, stack: str) -> dict[str, Any]:
        if self.output:
            raise CommandError(f"terraform plan of {stack}", 1, self.output)
        return {"resource_changes": []}


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("Planning ...\n\nError: no \n\n  with x\n", "Error: no\n\n  with x"),
        ("data.terraform_remote_state.cross-stack-reference-input-dev-dns: Reading...\n\nError: no\n", "Error: no"),
        ("gone\n", "gone"),
    ],
)
def test_of_a_failed_plan_the_error_is_shown(output: str, error: str) -> None:
    assert plan(Planned(output), "dev-main", before=[StackChanges("dev-dns")]) == StackChanges("dev-main", error=error)


READ = "output.cross-stack-output-aws_route53_zonezonezone_id"


@pytest.mark.parametrize(
    ("upstream", "waits"),
    [
        (StackChanges("dev-dns"), False),
        (StackChanges("dev-dns", [RULE]), False),
        (StackChanges("dev-dns", [Change("output.name_servers", "change")]), False),
        (StackChanges("dev-dns", [Change(READ, "destroy")]), False),
        (StackChanges("dev-dns", [Change(READ, "add")]), True),
        (StackChanges("dev-dns", [Change(READ, "change")]), True),
        (StackChanges("dev-dns", waits_for=["dev-registry"]), True),
        (StackChanges("dev-dns", error="Error: no"), True),
        (StackChanges("dev-registry", [Change(READ, "add")]), False),
    ],
)
def test_a_stack_waits_for_changed_outputs(upstream: StackChanges, *, waits: bool) -> None:
    assert plan(Planned(), "dev-main", before=[upstream]) == StackChanges(
        "dev-main", waits_for=["dev-dns"] if waits else []
    )


def test_a_diff_shows_every_stack_but_those_of_state_and_ci(dev: System) -> None:
    assert set(stacks.of("dev")) == set(dev)
