"""What a plan changes, and how it is shown to people and to CI."""

from collections.abc import Sequence
from typing import Any

import pytest
from markdown_it import MarkdownIt

from operations.changes import exit_code
from operations.environment import plan
from operations.plan import Attribute, Change, changes
from operations.summary import LIMIT, StackChanges, code, markdown
from toolchain.cli import Cdktf, CommandError

ZONE = Change(
    "aws_route53_zone.zone",
    "replace",
    (Attribute("name", '"a.com"', '"b.com"', forces_replacement=True),),
    stateful=True,
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
        (["forget"], "forget"),
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
            stateful=True,
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
    stacks = [
        StackChanges("dev-registry"),
        StackChanges("dev-dns", [Change("output.url", "add"), ROLE, RULE, ZONE]),
        StackChanges("dev-main", waits_for=["dev-dns"]),
    ]

    assert (
        markdown("dev", stacks)
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


def test_a_long_summary_is_cut_at_a_line_and_says_so() -> None:
    many = [Change(f"aws_vpc.network_{number}", "destroy") for number in range(10_000)]

    text = markdown("dev", [StackChanges("dev-main", many)])

    assert len(text) <= LIMIT
    *_, last, empty, ending = text.splitlines()
    assert last.startswith("- destroy `aws_vpc.network_")
    assert last.endswith("`")
    assert (empty, ending) == ("", "There is more than fits here: the job's own output has it whole.")


class Failing(Cdktf):
    """A command line whose plans fail with what is said here."""

    def __init__(self, output: str) -> None:
        self.output = output

    def plan(self, stack: str) -> dict[str, Any]:
        raise CommandError(f"terraform plan of {stack}", 1, self.output)


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("Planning ...\n\nError: no \n\n  with x\n", "Error: no\n\n  with x"),
        ("gone\n", "gone"),
    ],
)
def test_of_a_plan_that_failed_the_error_is_told_without_what_came_before(output: str, error: str) -> None:
    assert plan(Failing(output), "dev-dns") == StackChanges("dev-dns", error=error)


def test_a_stack_waits_for_those_that_it_cannot_read_from() -> None:
    output = (
        "Error: Unable to find remote state\n  with data.terraform_remote_state.cross-stack-reference-input-dev-dns,"
    )

    assert plan(Failing(output), "dev-main") == StackChanges("dev-main", waits_for=["dev-dns"])


def test_long_values_are_shortened() -> None:
    change = planned("aws_x.y", "update", before={"policy": "a" * 1000}, after={"policy": "b" * 1000})

    [attribute] = changes({"resource_changes": [change]})[0].attributes
    assert attribute.before == f'"{"a" * 118}…'


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        ([StackChanges("a"), StackChanges("b")], 0),
        ([StackChanges("a"), StackChanges("b", [ROLE])], 2),
        ([StackChanges("a"), StackChanges("b", waits_for=["a"])], 2),
        ([StackChanges("a", [ROLE]), StackChanges("b", error="Error")], 1),
    ],
)
def test_the_exit_code_is_0_for_none_2_for_some_and_1_where_it_cannot_be_said(
    stacks: Sequence[StackChanges], expected: int
) -> None:
    assert exit_code(stacks) == expected
