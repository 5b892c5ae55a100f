"""Values are compared by what they mean: containers and variables by their names, JSON by what it says."""

import json
from typing import Any

import pytest
from hypothesis import given
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
    "names that are no names": (
        [{"name": 1}, {"name": "x"}],
        [{"name": 2}, {"name": "x"}],
        [Difference(".name", "1", "2")],
    ),
    "JSON in JSON": ({"a": '{"b": 1}'}, {"a": '{"b": 2}'}, [Difference(".a.b", "1", "2")]),
    "what only looks like JSON": ("{a", "{b", [Difference("", '"{a"', '"{b"')]),
}


@pytest.mark.parametrize(("before", "after", "found"), CASES.values(), ids=CASES)
def test_what_differs_is_told_by_its_part(before: object, after: object, found: list[Difference]) -> None:
    assert differences(before, after) == found


def test_hundreds_of_changed_variables_are_told_one_by_one() -> None:
    before, after = ({f"NAME_{number}": f"{text} {number}" for number in range(500)} for text in ("old", "new"))

    found = differences(_containers(**before), _containers(**after))

    assert len(found) == 500
    assert Difference(".app.environment.NAME_7", '"old 7"', '"new 7"') in found


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.lists(st.fixed_dictionaries({"name": st.text(), "value": inner}))
    ),
    max_leaves=20,
)


@given(VALUES, VALUES)
def test_two_values_differ_in_something_unless_they_say_the_same(before: Any, after: Any) -> None:
    assert differences(before, before) == []
    if json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True) and not _has_text(before, after):
        assert differences(before, after)


def _has_text(*values: Any) -> bool:
    """Whether one has a text that is JSON, which may say the same in other words, or a list, whose order may."""
    text = json.dumps(values)
    return "[" in text[1:] or "{" in text or any(map(is_json, values))


@pytest.mark.parametrize(
    ("value", "it_is"), [('{"a": 1}', True), (" [1]", True), ("{a", False), ("1", False), (1, False)]
)
def test_a_text_is_json_if_it_holds_an_object_or_a_list(value: object, it_is: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_json(value) == it_is
