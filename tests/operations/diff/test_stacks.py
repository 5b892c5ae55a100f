"""Tests of the order in which stacks are planned, and of stacks that wait."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from operations.diff import stacks
from operations.diff.stacks import plan
from operations.diff.summary import StackChanges
from tests.support.synthesized import Json, System
from tools.toolchain.cli import Cdktf, Planned
from tools.toolchain.commands import CommandError


class Ready(Cdktf):
    """A command line with the results of the plans. By default, only `dev-main` reads from another stack.

    A result is the list of changes, or the output of a failed Terraform.
    """

    def __init__(self, folder: Path, **results: list[Json] | str) -> None:
        super().__init__(folder, variables={}, on_progress=lambda _: None)
        self.results = {f"dev-{stack}": result for stack, result in results.items()}
        self.reads = {"dev-main": ["dev-dns"]}

    def dependencies(self, stack: str) -> list[str]:
        return self.reads.get(stack, [])

    def make_plans(self, stacks: Sequence[str]) -> dict[str, Planned]:
        return {stack: self._planned(stack) for stack in stacks}

    def _planned(self, stack: str) -> Planned:
        result = self.results.get(stack, [])
        if isinstance(result, str):
            return Planned(error=CommandError("terraform plan", 1, result))
        self.plan_file(stack).parent.mkdir(parents=True)
        self.plan_file(stack).touch()
        return Planned(has_changes=bool(result))

    def saved_plan(self, stack: str) -> Json:
        shown = self.results[stack]
        assert isinstance(shown, list)
        assert shown, "a plan without changes is not read"
        return {
            "resource_changes": [each for each in shown if "address" in each],
            "output_changes": {each["name"]: each for each in shown if "name" in each},
        }


def output(name: str, action: str) -> Json:
    """Return the change of an output in Terraform's JSON."""
    return {"name": name, "actions": [action], "before": "a", "after": "b"}


def planned(cdktf: Cdktf) -> dict[str, StackChanges]:
    """Return the changes of each stack by its name without the environment."""
    return {each.stack.removeprefix("dev-"): each for each in plan(cdktf, "dev")}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Planning ...\n\nError: no \n\n  with x\n", "Error: no\n\n  with x"),
        ("data.terraform_remote_state.cross-stack-reference-input-dev-dns: Reading...\n\nError: no\n", "Error: no"),
        ("gone\n", "gone"),
    ],
)
def test_of_a_failed_plan_the_error_is_shown(said: str, error: str, tmp_path: Path) -> None:
    assert planned(Ready(tmp_path, main=said)) == {
        "registry": StackChanges("dev-registry"),
        "dns": StackChanges("dev-dns"),
        "main": StackChanges("dev-main", error=error),
    }


READ = "cross-stack-output-aws_route53_zonezonezone_id"
RULE: Json = {"address": "aws_x.rule", "type": "aws_x", "change": {"actions": ["create"]}}


@pytest.mark.parametrize(
    ("stack", "result", "waits"),
    [
        ("dns", [], False),
        ("dns", [RULE], False),
        ("dns", [output("name_servers", "update")], False),
        ("dns", [output(READ, "delete")], False),
        ("dns", [output(READ, "create")], True),
        ("dns", [output(READ, "update")], True),
        ("dns", "Error: no", True),
        ("registry", [output(READ, "create")], False),
    ],
)
def test_a_stack_waits_for_changed_outputs(
    stack: str, result: list[Json] | str, *, waits: bool, tmp_path: Path
) -> None:
    """The plan of a stack that waits is deleted. The error of such a plan is not shown."""
    own = Ready(tmp_path, **{stack: result})
    failing = Ready(tmp_path / "failing", **{stack: result, "main": "Error: Unable to find remote state"})

    assert planned(own)["main"].waits_for == (["dev-dns"] if waits else [])

    assert own.plan_file("dev-main").exists() != waits
    assert bool(planned(failing)["main"].error) != waits


def test_a_stack_waits_for_a_stack_that_waits(tmp_path: Path) -> None:
    own = Ready(tmp_path, registry=[output(READ, "create")])
    own.reads["dev-dns"] = ["dev-registry"]

    found = planned(own)

    assert (found["dns"].waits_for, found["main"].waits_for) == (["dev-registry"], ["dev-dns"])


def test_a_diff_shows_every_stack_but_those_of_state_and_ci(dev: System) -> None:
    assert set(stacks.of("dev")) == set(dev)
