"""Tests of the summary: losses on top, values in code spans, a limited length."""

import re

import pytest
from markdown_it import MarkdownIt

from operations.diff.attributes import Attribute
from operations.diff.plan import Change
from operations.diff.summary import LIMIT, StackChanges, code, failed, fit, markdown

ZONE = Change(
    "aws_route53_zone.zone",
    "replace",
    (Attribute("name", '"a.com"', '"b.com"', forces_replacement=True),),
    loses_data=True,
)
ROLE = Change("aws_iam_role.role", "replace", (Attribute("name", '"a"', '"b"', forces_replacement=True),))
RULE = Change("aws_cloudwatch_event_rule.rule", "change", (Attribute("description", '"a"', '"b"'),))


def test_the_summary_has_losses_on_top() -> None:
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
> The data in these resources is lost:
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

The changes of this stack are known only after those stacks are deployed.
"""
    )


def test_a_failed_stack_shows_terraforms_error() -> None:
    text = markdown("dev", [StackChanges("dev-dns", error="Error: no\n```\n@someone")])

    assert text.endswith("### dev-dns: cannot be planned\n\n```text\nError: no\n'''\n@someone\n```\n")
    assert "## dev: 1 stack cannot be planned\n" in text


def test_an_error_of_several_stacks_is_shown_one_time() -> None:
    stacks = [StackChanges(f"dev-{name}", error="no credentials") for name in "abc"]

    text = markdown("dev", [*stacks, StackChanges("dev-main", error="other"), StackChanges("dev-x", [])])

    assert text.count("no credentials") == 1
    assert text.count("The same error as in dev-a.") == 2
    assert text.endswith("### dev-x: no changes\n")


@pytest.mark.parametrize(
    "value",
    ["`id`", "``` ```", "<img src=x>", "@someone #1", "**b** _i_", "a|b", "\n# heading\n- list", "](http://x)", "-->"],
)
def test_no_value_gets_out_of_its_code_span(value: str) -> None:
    [paragraph] = [token for token in MarkdownIt().parse(f"- {code(value)}") if token.type == "inline"]

    assert [(child.type, child.content) for child in paragraph.children or []] == [
        ("code_inline", value.replace("\n", " "))
    ]


def test_a_long_summary_is_cut_at_the_end_of_a_line() -> None:
    many = [Change(f"aws_vpc.network_{number}", "destroy") for number in range(10_000)]

    whole = markdown("dev", [StackChanges("dev-main", many)])
    text = fit(whole)

    assert whole.count("- destroy") == 10_000
    assert len(text) <= LIMIT
    *_, last, empty, ending = text.splitlines()
    assert last.startswith("- destroy `aws_vpc.network_")
    assert last.endswith("`")
    assert (empty, ending) == (
        "",
        "The summary is too long for this place. The output of the job has the whole summary.",
    )


def test_a_cut_within_terraforms_words_ends_their_block() -> None:
    text = fit(failed("dev", "a line of an error\n" * 10_000))

    assert len(text) == LIMIT
    assert re.search(r"a line of an error\n[a-z ]*…\n```\n\nThe summary is too long for this place.*\n$", text)


def test_a_single_line_of_an_error_is_cut_where_it_must_fit() -> None:
    text = fit(failed("dev", f"Error: {'x' * LIMIT}"))

    assert len(text) == LIMIT
    assert re.search(r"```text\nError: x{59000,}…\n```\n\nThe summary is too long for this place.*\n$", text)


def test_a_value_that_does_not_fit_is_left_out() -> None:
    change = Change("aws_vpc.network", "change", (Attribute("a", '"@x <b>"', f'"{"@x <b>" * LIMIT}"'),))

    text = fit(markdown("dev", [StackChanges("dev-main", [change])]))

    assert text.endswith(
        "- change `aws_vpc.network`\n\n"
        "The summary is too long for this place. The output of the job has the whole summary.\n"
    )


def test_a_new_or_removed_part_has_one_side() -> None:
    attributes = (Attribute("tags.a", None, '"b"'), Attribute("tags.c", '"d"', None))

    text = markdown("dev", [StackChanges("dev-main", [Change("aws_vpc.network", "change", attributes)])])

    assert '  - `tags.a`: + `"b"`\n  - `tags.c`: - `"d"`\n' in text
