"""JSONata in the definition of a state machine, evaluated by the library that the language is defined by.

Step Functions has its version 2.0.6: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools import toolchain

_PROGRAM = Path(__file__).with_suffix(".mjs")


class JsonataError(Exception):
    """An expression is wrong, or is of nothing that is there; the message says which."""


def filled(template: object, variables: Mapping[str, object]) -> Any:
    """Return a template of JSON with the value of each string `{% expression %}` in its place.

    Args:
        template: What a field of a state holds.
        variables: The values of the variables, by their names without `$`.

    Raises:
        JsonataError: An expression cannot be evaluated, or its value is undefined.
    """
    if "{%" not in json.dumps(template):
        return template
    question = json.dumps({"template": template, "variables": variables})
    answered = subprocess.run(
        [str(toolchain.NODE), str(_PROGRAM)], input=question, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(answered.stdout)
    if "error" in answer:
        raise JsonataError(answer["error"])
    return answer["filled"]
