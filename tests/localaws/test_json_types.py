"""JSON objects, as checked values."""

import pytest

from localaws.json_types import json_object


def test_a_dictionary_is_a_json_object() -> None:
    assert json_object({"taskArns": []}) == {"taskArns": []}


@pytest.mark.parametrize("value", [None, [], "{}"])
def test_another_value_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="expected a JSON object, got "):
        json_object(value)
