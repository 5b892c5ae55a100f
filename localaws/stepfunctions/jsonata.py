"""JSONata in the definition of a state machine, evaluated by the language's reference implementation.

Step Functions uses JSONata 2.0.6: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import json
from collections.abc import Mapping
from pathlib import Path

from localaws.node.process import NodeProcess

_NODE = NodeProcess(Path(__file__).with_suffix(".mjs"))


class JsonataError(Exception):
    """An expression cannot be evaluated. The message names the expression."""


def evaluated(template: object, variables: Mapping[str, object]) -> object:
    """Return a JSON template in which each string `{% expression %}` is replaced by the value of the expression.

    Args:
        template: The value of a state's field.
        variables: The values of the variables, by their names without `$`.

    Raises:
        JsonataError: An expression cannot be evaluated, or its value is undefined.
    """
    if "{%" not in json.dumps(template):
        return template
    answer = _NODE.ask({"template": template, "variables": variables})
    if "error" in answer:
        raise JsonataError(answer["error"])
    value: object = answer["evaluated"]
    return value
