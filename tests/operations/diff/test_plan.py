"""Tests of the changes of a plan."""

import json
from typing import Any

import pytest

from operations.diff.attributes import Attribute
from operations.diff.plan import Change, changes
from operations.diff.summary import StackChanges, markdown


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


def test_reads_and_drift_are_not_changes() -> None:
    plan = {
        "resource_changes": [planned("aws_vpc.network", "no-op"), planned("data.aws_caller_identity.a", "read")],
        "resource_drift": [planned("aws_vpc.network", "update", before={"a": 1}, after={"a": 2})],
        "output_changes": {"url": {"actions": ["no-op"], "before": "a", "after": "a"}},
    }

    assert changes(plan) == []


def test_moved_and_imported_resources_are_changes() -> None:
    moved = planned("aws_vpc.network", "no-op") | {"previous_address": "aws_vpc.old"}
    imported = planned("aws_vpc.other", "no-op", importing={"id": "vpc-1"})

    assert changes({"resource_changes": [moved, imported]}) == [
        Change("aws_vpc.network", "move", (Attribute("address", "aws_vpc.old", "aws_vpc.network"),)),
        Change("aws_vpc.other", "import", (Attribute("address", "imported from vpc-1", "aws_vpc.other"),)),
    ]


def test_a_moved_resource_can_change_too() -> None:
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
def test_deletion_of_a_stateful_resource_loses_data(type_: str, actions: list[str], *, lost: bool) -> None:
    [change] = changes({"resource_changes": [planned(f"{type_}.x", *actions, before={}, after={})]})

    assert change.loses_data == lost


def test_changed_attributes_show_what_forces_a_replacement() -> None:
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


def test_outputs_are_changes_and_sensitive_ones_are_hidden() -> None:
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


def test_differences_of_long_values_are_shown_with_context() -> None:
    before = {"policy": f"{'s' * 99} 1 {'m' * 99} 2 {'e' * 99}"}
    after = {"policy": f"{'s' * 99} 3 {'m' * 99} 4 {'e' * 99}"}

    [attribute] = changes({"resource_changes": [planned("aws_x.y", "update", before=before, after=after)]})[
        0
    ].attributes
    assert attribute.before == f"…{'s' * 39} 1 {'m' * 39}…{'m' * 39} 2 {'e' * 39}…"
    assert attribute.after == f"…{'s' * 39} 3 {'m' * 39}…{'m' * 39} 4 {'e' * 39}…"


def test_json_is_shown_by_parts() -> None:
    def definitions(image: str) -> dict[str, str]:
        return {"container_definitions": json.dumps([{"name": "app", "image": image}])}

    change = planned("aws_x.y", "update", before=definitions("a"), after=definitions("b"))

    assert changes({"resource_changes": [change]})[0].attributes == (
        Attribute("container_definitions.app.image", '"a"', '"b"'),
    )


def test_another_layout_of_json_is_a_change() -> None:
    change = planned("aws_x.y", "update", before={"policy": '{"a":1}'}, after={"policy": '{"a": 1}'})

    [attribute] = changes({"resource_changes": [change]})[0].attributes
    assert (attribute.before, attribute.after) == (r'"{\"a\":1}"', r'"{\"a\": 1}"')


def test_texts_of_thousands_of_words_are_shown_whole() -> None:
    texts = (" ".join(f"{word}{number}" for number in range(2_000)) for word in "ab")
    before, after = ({"p": text} for text in texts)

    [attribute] = changes({"resource_changes": [planned("aws_x.y", "update", before=before, after=after)]})[
        0
    ].attributes
    assert attribute.before == json.dumps(before["p"])


def test_unrelated_long_values_are_shown_whole() -> None:
    change = planned("aws_x.y", "update", before={"p": "a" * 200}, after={"p": "b" * 200})

    [attribute] = changes({"resource_changes": [change]})[0].attributes
    assert (attribute.before, attribute.after) == (f'"{"a" * 200}"', f'"{"b" * 200}"')


def test_of_a_value_with_an_unknown_successor_the_start_shows() -> None:
    change = planned("aws_x.y", "update", before={"p": "a" * 1000}, after={}, after_unknown={"p": True})

    [attribute] = changes({"resource_changes": [change]})[0].attributes
    assert (attribute.before, attribute.after) == (f'"{"a" * 119}…', "(known after apply)")
