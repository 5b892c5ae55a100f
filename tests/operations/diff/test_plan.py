"""What a plan changes, and how it is shown to people and to CI."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from operations.diff import stacks
from operations.diff.__main__ import exit_code
from operations.diff.plan import Attribute, Change, changes
from operations.diff.stacks import plan
from operations.diff.summary import LIMIT, StackChanges, code, failed, fit, markdown
from tests.support.synthesized import ROOT, System
from tools.toolchain.cli import Cdktf, CommandError

ZONE = Change(
    "aws_route53_zone.zone",
    "replace",
    (Attribute("name", '"a.com"', '"b.com"', forces_replacement=True),),
    loses_data=True,
)
ROLE = Change("aws_iam_role.role", "replace", (Attribute("name", '"a"', '"b"', forces_replacement=True),))
RULE = Change("aws_cloudwatch_event_rule.rule", "change", (Attribute("description", '"a"', '"b"'),))


def planned(address: str, *actions: str, **change: Any) -> dict[str, Any]:
    """A change of one resource as Terraform writes it into a plan."""
    return {"address": address, "type": address.split(".")[0], "change": {"actions": list(actions)} | change}


@pytest.mark.parametrize(
    ("actions", "verb"),
    [
        (["create"], "add"),
        (["update"], "change"),
        (["delete", "create"], "replace"),
        (["create", "delete"], "replace"),
        (["delete"], "destroy"),
        (["create", "forget"], "replace"),
        (["forget"], "forget"),
        (["something", "new"], "change"),
    ],
)
def test_terraforms_actions_have_one_word_each(actions: list[str], verb: str) -> None:
    [change] = changes({"resource_changes": [planned("aws_vpc.network", *actions, before={}, after={})]})

    assert change == Change("aws_vpc.network", verb)


def test_what_terraform_leaves_alone_or_only_reads_is_no_change() -> None:
    plan = {
        "resource_changes": [planned("aws_vpc.network", "no-op"), planned("data.aws_caller_identity.a", "read")],
        "resource_drift": [planned("aws_vpc.network", "update", before={"a": 1}, after={"a": 2})],
        "output_changes": {"url": {"actions": ["no-op"], "before": "a", "after": "a"}},
    }

    assert changes(plan) == []


def test_what_only_an_apply_moves_in_the_state_or_imports_into_it_is_a_change() -> None:
    moved = planned("aws_vpc.network", "no-op") | {"previous_address": "aws_vpc.old"}
    imported = planned("aws_vpc.other", "no-op", importing={"id": "vpc-1"})

    assert changes({"resource_changes": [moved, imported]}) == [
        Change("aws_vpc.network", "move", (Attribute("address", "aws_vpc.old", "aws_vpc.network"),)),
        Change("aws_vpc.other", "import", (Attribute("address", "imported from vpc-1", "aws_vpc.other"),)),
    ]


def test_what_moves_or_is_imported_and_changes_too_says_both() -> None:
    change = planned("aws_vpc.network", "update", before={"a": 1}, after={"a": 2}, importing={"id": "vpc-1"})

    assert changes({"resource_changes": [change | {"previous_address": "aws_vpc.old"}]}) == [
        Change(
            "aws_vpc.network",
            "change",
            (
                Attribute("address", "aws_vpc.old", "aws_vpc.network"),
                Attribute("address", "imported from vpc-1", "aws_vpc.network"),
                Attribute("a", "1", "2"),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("type_", "actions", "lost"),
    [
        ("aws_db_instance", ["delete"], True),
        ("aws_db_instance", ["create", "delete"], True),
        ("aws_db_instance", ["create", "forget"], False),
        ("aws_db_instance", ["forget"], False),
        ("aws_iam_role", ["delete"], False),
    ],
)
def test_what_is_stateful_is_lost_where_it_is_deleted(type_: str, actions: list[str], *, lost: bool) -> None:
    [change] = changes({"resource_changes": [planned(f"{type_}.x", *actions, before={}, after={})]})

    assert change.loses_data == lost


def test_attributes_that_change_are_told_with_what_forces_a_replacement() -> None:
    change = planned(
        "aws_db_instance.database",
        "delete",
        "create",
        before={"db_name": "app", "port": 5432, "arn": "arn:old", "tags": {"a": "b"}},
        after={"db_name": "orders", "port": 5432, "tags": {"a": "c"}},
        after_unknown={"arn": True, "tags": {}},
        replace_paths=[["db_name"]],
    )

    assert changes({"resource_changes": [change]}) == [
        Change(
            "aws_db_instance.database",
            "replace",
            (
                Attribute("arn", '"arn:old"', "(known after apply)"),
                Attribute("db_name", '"app"', '"orders"', forces_replacement=True),
                Attribute("tags", '{"a": "b"}', '{"a": "c"}'),
            ),
            loses_data=True,
        )
    ]


@pytest.mark.parametrize(
    "marks",
    [
        {"before_sensitive": {"settings": True}, "after_sensitive": {}},
        {"before_sensitive": {}, "after_sensitive": {"settings": True}},
        {"before_sensitive": {"settings": [{"password": True}]}, "after_sensitive": False},
        {"before_sensitive": True, "after_sensitive": False},
    ],
)
def test_sensitive_values_are_hidden_whole(marks: dict[str, Any]) -> None:
    before, after = {"settings": [{"password": "hunter2"}]}, {"settings": [{"password": "hunter3"}]}
    [change] = changes({"resource_changes": [planned("aws_x.y", "update", before=before, after=after, **marks)]})

    assert change.attributes == (Attribute("settings", "(sensitive)", "(sensitive)"),)
    assert "hunter" not in markdown("dev", [StackChanges("dev-main", [change])])


def test_an_output_is_a_change_and_hidden_where_it_is_sensitive() -> None:
    plan = {
        "output_changes": {
            "url": {"actions": ["update"], "before": "https://a", "after": "https://b", "after_unknown": False},
            "arn": {"actions": ["update"], "before": "x", "after": "y", "before_sensitive": True},
            "id": {"actions": ["update"], "before": "x", "after_unknown": True},
        }
    }

    assert changes(plan) == [
        Change("output.url", "change", (Attribute("value", '"https://a"', '"https://b"'),)),
        Change("output.arn", "change", (Attribute("value", "(sensitive)", "(sensitive)"),)),
        Change("output.id", "change", (Attribute("value", '"x"', "(known after apply)"),)),
    ]


def test_the_summary_is_told_per_stack_with_losses_on_top() -> None:
    seen = [
        StackChanges("dev-registry"),
        StackChanges("dev-dns", [Change("output.url", "add"), ROLE, RULE, ZONE]),
        StackChanges("dev-main", waits_for=["dev-dns"]),
    ]

    assert (
        markdown("dev", seen)
        == """\
<!-- changes: dev -->
## dev: 1 to add, 1 to change, 2 to replace; 1 stack waits

> [!CAUTION]
> What these hold is lost:
> - dev-dns: replace `aws_route53_zone.zone`

### dev-registry: no changes

### dev-dns: 1 to add, 1 to change, 2 to replace

- replace `aws_iam_role.role`
  - `name`: `"a"` → `"b"`, which forces the replacement
- replace `aws_route53_zone.zone`
  - `name`: `"a.com"` → `"b.com"`, which forces the replacement
- change `aws_cloudwatch_event_rule.rule`
  - `description`: `"a"` → `"b"`
- add `output.url`

### dev-main: waits for dev-dns

What it changes can be seen once those are deployed.
"""
    )


def test_a_stack_that_cannot_be_planned_shows_terraforms_words() -> None:
    text = markdown("dev", [StackChanges("dev-dns", error="Error: no\n```\n@someone")])

    assert text.endswith("### dev-dns: cannot be planned\n\n```text\nError: no\n'''\n@someone\n```\n")
    assert "## dev: no changes; 1 stack cannot be planned" in text


@pytest.mark.parametrize(
    "value",
    ["`id`", "``` ```", "<img src=x>", "@someone #1", "**b** _i_", "a|b", "\n# heading\n- list", "](http://x)", "-->"],
)
def test_no_value_gets_out_of_its_code_span(value: str) -> None:
    [paragraph] = [token for token in MarkdownIt().parse(f"- {code(value)}") if token.type == "inline"]

    assert [(child.type, child.content) for child in paragraph.children or []] == [
        ("code_inline", value.replace("\n", " "))
    ]


def test_a_long_summary_is_cut_at_a_line_where_it_must_fit_and_says_so() -> None:
    many = [Change(f"aws_vpc.network_{number}", "destroy") for number in range(10_000)]

    whole = markdown("dev", [StackChanges("dev-main", many)])
    text = fit(whole)

    assert whole.count("- destroy") == 10_000
    assert len(text) <= LIMIT
    *_, last, empty, ending = text.splitlines()
    assert last.startswith("- destroy `aws_vpc.network_")
    assert last.endswith("`")
    assert (empty, ending) == ("", "There is more than fits here: the job's own output has it whole.")


def test_a_cut_within_terraforms_words_ends_their_block() -> None:
    text = fit(failed("dev", "a line of an error\n" * 10_000))

    assert len(text) <= LIMIT
    assert text.endswith(
        "a line of an error\n```\n\nThere is more than fits here: the job's own output has it whole.\n"
    )


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
def test_of_a_plan_that_failed_the_error_is_told_without_what_came_before(output: str, error: str) -> None:
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
def test_a_stack_waits_where_what_it_reads_is_not_what_is_deployed(upstream: StackChanges, *, waits: bool) -> None:
    assert plan(Planned(), "dev-main", before=[upstream]) == StackChanges(
        "dev-main", waits_for=["dev-dns"] if waits else []
    )


def test_of_long_values_all_that_differs_is_told_with_a_little_beside_it() -> None:
    before = {"policy": f"{'s' * 99} 1 {'m' * 99} 2 {'e' * 99}"}
    after = {"policy": f"{'s' * 99} 3 {'m' * 99} 4 {'e' * 99}"}

    [attribute] = changes({"resource_changes": [planned("aws_x.y", "update", before=before, after=after)]})[
        0
    ].attributes
    assert attribute.before == f"…{'s' * 39} 1 {'m' * 39}…{'m' * 39} 2 {'e' * 39}…"
    assert attribute.after == f"…{'s' * 39} 3 {'m' * 39}…{'m' * 39} 4 {'e' * 39}…"


def test_a_long_value_that_is_another_is_told_whole() -> None:
    change = planned("aws_x.y", "update", before={"p": "a" * 200}, after={"p": "b" * 200})

    [attribute] = changes({"resource_changes": [change]})[0].attributes
    assert (attribute.before, attribute.after) == (f'"{"a" * 200}"', f'"{"b" * 200}"')


def test_a_long_value_whose_next_one_is_not_known_is_told_from_its_beginning() -> None:
    change = planned("aws_x.y", "update", before={"p": "a" * 1000}, after={}, after_unknown={"p": True})

    [attribute] = changes({"resource_changes": [change]})[0].attributes
    assert (attribute.before, attribute.after) == (f'"{"a" * 119}…', "(known after apply)")


@pytest.mark.parametrize(
    ("planned_stacks", "expected"),
    [
        ([StackChanges("a"), StackChanges("b")], 0),
        ([StackChanges("a"), StackChanges("b", [ROLE])], 2),
        ([StackChanges("a"), StackChanges("b", waits_for=["a"])], 2),
        ([StackChanges("a", [ROLE]), StackChanges("b", error="Error")], 1),
    ],
)
def test_the_exit_code_is_0_for_none_2_for_some_and_1_where_it_cannot_be_said(
    planned_stacks: Sequence[StackChanges], expected: int
) -> None:
    assert exit_code(planned_stacks) == expected


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("diff", []),
        ("diff", ["dev", "--aply"]),
        ("diff.comment", ["dev"]),
        ("diff.comment", ["dev", "seven"]),
        ("state_bucket", []),
    ],
)
def test_a_wrong_command_line_is_an_error_and_no_change(program: str, arguments: list[str]) -> None:
    process = subprocess.run(
        [sys.executable, "-m", f"operations.{program}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 1
    assert process.stderr.startswith("usage: ")


def test_a_folder_that_cannot_be_written_into_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "cdktf.out"

    process = subprocess.run(
        [sys.executable, "-m", "operations.diff", "dev"],
        cwd=ROOT,
        env=os.environ | {"CDKTF_OUTPUT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stderr) == (1, f"✗ [Errno 20] Not a directory: '{folder}/diff-dev.md'\n")


def test_make_deploys_the_stacks_that_a_diff_shows() -> None:
    command = subprocess.run(
        ["make", "--no-print-directory", "-n", "deploy", "ENV=dev"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert command.stdout.splitlines()[-1] == f"cdktf deploy {' '.join(stacks.of('dev'))}"


def test_a_diff_shows_every_stack_but_those_of_state_and_ci(dev: System) -> None:
    assert set(stacks.of("dev")) == set(dev)
