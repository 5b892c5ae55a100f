"""Tests of differences: containers and variables are compared by name, JSON by its parsed value."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from operations.diff.differences import Difference, differences, is_json


def _containers(*, image: str = "a", level: str | None = None, **others: str) -> str:
    variables = {**others, **({"LOG_LEVEL": level} if level else {})}
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    return json.dumps([{"name": "app", "image": image, "environment": environment, "portMappings": []}])


CASES: dict[str, tuple[object, object, list[Difference]]] = {
    "a scalar": ("a", "b", [Difference("", '"a"', '"b"')]),
    "the same": ({"a": [1]}, {"a": [1]}, []),
    "JSON that is written otherwise": ('{"a": 1, "b": 2}', '{ "b":2,"a":1 }', []),
    "the image of a container": (
        _containers(image="a"),
        _containers(image="b"),
        [Difference(".app.image", '"a"', '"b"')],
    ),
    "a new variable": (
        _containers(),
        _containers(level="debug"),
        [Difference(".app.environment.LOG_LEVEL", None, '"debug"')],
    ),
    "another value, and another order": (
        _containers(A="1", B="2"),
        _containers(B="2", A="3"),
        [Difference(".app.environment.A", '"1"', '"3"')],
    ),
    "items that go more than once": (
        ["a", "a", "a"],
        ["a"],
        [Difference("", '"a"', None), Difference("", '"a"', None)],
    ),
    "stages in another order, of which one is another": (
        [{"name": "Source", "a": 1}, {"name": "Build", "a": 1}, {"name": "Deploy", "a": 1}],
        [{"name": "Build", "a": 1}, {"name": "Source", "a": 2}],
        [
            Difference(".Deploy", '{"a": 1}', None),
            Difference(".Source.a", "1", "2"),
            Difference("", '["Source", "Build", "Deploy"]', '["Build", "Source"]'),
        ],
    ),
    "items in another order, of which one is another": (
        ["a", "b", "c"],
        ["c", "b", "d"],
        [Difference("", '"a"', '"d"'), Difference("", '["a", "b", "c"]', '["c", "b", "d"]')],
    ),
    "an empty value": (
        [{"name": "A", "value": {}}],
        [{"name": "A"}],
        [Difference(".A.value", "{}", None)],
    ),
    "a value that is JSON": (
        [{"name": "A", "value": "{}"}],
        [{"name": "A"}],
        [Difference(".A.value", '"{}"', None)],
    ),
    "names of another kind": (
        [{"name": "A"}],
        [{"id": "A"}],
        [Difference(".id", None, '"A"'), Difference(".name", '"A"', None)],
    ),
    "objects whose keys are in another order": ([{"a": 1, "b": [2]}, {}], [{"b": [2], "a": 1}, {}], []),
    "a truth in the place of a number, in a list": ([1, 2], [True, 2], [Difference("", "1", "true")]),
    "a key that is gone": ({"a": 1, "b": None}, {"a": 1}, [Difference(".b", "null", None)]),
    "an object in the place of a list": ({"a": [1]}, {"a": {"b": 1}}, [Difference(".a", "[1]", '{"b": 1}')]),
    "items that come and go": (
        ["a", "b", "b"],
        ["b", "c", "d"],
        [
            Difference("", '"a"', None),
            Difference("", '"b"', None),
            Difference("", None, '"c"'),
            Difference("", None, '"d"'),
        ],
    ),
    "one item that is another": (
        [{"port": 1}, {"port": 2}],
        [{"port": 1}, {"port": 3}],
        [Difference(".port", "2", "3")],
    ),
    "another order": (["a", "b"], ["b", "a"], [Difference("", '["a", "b"]', '["b", "a"]')]),
    "a number and a truth": ({"a": 1}, {"a": True}, [Difference(".a", "1", "true")]),
    "names that are not text": (
        [{"name": 1}, {"name": "x"}],
        [{"name": 2}, {"name": "x"}],
        [Difference(".name", "1", "2")],
    ),
    "JSON in JSON": ({"a": '{"b": 1}'}, {"a": '{"b": 2}'}, [Difference(".a.b", "1", "2")]),
    "what only looks like JSON": ("{a", "{b", [Difference("", '"{a"', '"{b"')]),
}


@pytest.mark.parametrize(("before", "after", "found"), CASES.values(), ids=CASES)
def test_differences_name_the_part(before: object, after: object, found: list[Difference]) -> None:
    assert differences(before, after) == found


def test_each_of_hundreds_of_changed_variables_is_shown() -> None:
    before, after = ({f"NAME_{number}": f"{text} {number}" for number in range(500)} for text in ("old", "new"))

    found = differences(_containers(**before), _containers(**after))

    assert len(found) == 500
    assert Difference(".app.environment.NAME_7", '"old 7"', '"new 7"') in found


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.text("ab{}[]1"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "value", "id", "a"]), inner)
        | st.lists(st.fixed_dictionaries({"name": st.sampled_from("ABC")}, optional={"value": inner}), max_size=3)
        | st.builds(json.dumps, inner)
    ),
    max_leaves=10,
)


def said(value: Any) -> Any:
    """Return a value in a normal form: texts of JSON parsed, and lists sorted."""
    if is_json(value):
        return said(json.loads(value))
    if isinstance(value, dict):
        return {key: said(inner) for key, inner in value.items()}
    return sorted(map(said, value), key=text) if isinstance(value, list) else value


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@given(VALUES, VALUES)
@example([{"name": "A", "value": "{}"}], [{"name": "A"}])
@example(json.dumps([{"name": "A"}]), json.dumps([{"id": "A"}]))
@example(["a", "a", "b"], ["b", "a", "c"])
@example([1], [True])
def test_different_values_have_differences(before: Any, after: Any) -> None:
    found = differences(before, after)

    assert all(part.before != part.after for part in found)
    if text(said(before)) != text(said(after)):
        assert found
    if text(before) == text(after):
        assert found == []


@given(VALUES)
def test_layout_and_order_of_keys_make_no_difference(value: Any) -> None:
    again = json.loads(json.dumps(value, sort_keys=True))

    assert differences(value, again) == []
    assert differences({"a": json.dumps([value])}, {"a": json.dumps([again], indent=2)}) == []


@given(st.lists(st.fixed_dictionaries({"name": st.sampled_from("ABCD"), "a": VALUES})), st.randoms())
def test_the_order_matters_except_for_named_objects_in_json(items: list[Any], random: Random) -> None:
    shuffled = random.sample(items, len(items))
    is_moved = [*map(text, map(said, items))] != [*map(text, map(said, shuffled))]
    are_names = len({item["name"] for item in items}) == len(items)

    assert differences(items, shuffled) or not is_moved
    if are_names:
        assert differences(json.dumps(items), json.dumps(shuffled)) == []


@pytest.mark.parametrize(
    ("value", "it_is"), [('{"a": 1}', True), (" [1]", True), ("{a", False), ("1", False), (1, False)]
)
def test_a_text_is_json_if_it_holds_an_object_or_a_list(value: object, it_is: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_json(value) == it_is
