"""JSONata in templates, evaluated as Step Functions does."""

import pytest

from localaws.stepfunctions.jsonata import JsonataError, evaluated

VARIABLES = {"name": "web", "states": {"input": {"found": [{"Id": 1, "Is": "old"}, {"Id": 2, "Is": "new"}]}}}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ({}, {}),
        ({"Literal": "$name", "Number": 1, "Nothing": None}, {"Literal": "$name", "Number": 1, "Nothing": None}),
        ("{% $name %}", "web"),
        ("a {% $name %}", "a {% $name %}"),
        ({"In": [{"Deep": "{%$name & '!'%}"}]}, {"In": [{"Deep": "web!"}]}),
        ("{% $states.input.found[Id = 2].Is %}", "new"),
        ("{% '' & $states.input.found[Id = 3].Is %}", ""),
        ("{% $states.input.found.Id %}", [1, 2]),
        ("{% $substring($name, 0, 2) %}", "we"),
        ("{% $name = 'web' %}", True),
    ],
)
def test_each_expression_is_replaced_by_its_value(template: object, value: object) -> None:
    assert evaluated(template, VARIABLES) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("$other", "The JSONata expression '$other' returned nothing (undefined)."),
        ("$name +", "Unexpected end of expression"),
        ("$name + 1", 'The left side of the "+" operator must evaluate to a number'),
    ],
)
def test_an_expression_without_a_value_raises(expression: str, message: str) -> None:
    with pytest.raises(JsonataError) as refused:
        evaluated({"One": f"{{% {expression} %}}"}, VARIABLES)

    assert str(refused.value) == message
