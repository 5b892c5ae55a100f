"""What EventBridge hands to a target: the event, a part of it, a constant, or a text made from it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_TOKEN = re.compile(r'\\.|"|<([A-Za-z0-9._-]+)>|[^"\\<]+|<', re.DOTALL)


def target_input(target: dict[str, Any], event: dict[str, Any], *, rule_arn: str) -> Any:
    """Give the JSON that a target, as ListTargetsByRule describes it, gets for an event.

    A text that is no JSON is handed over as it is.
    """
    if "Input" in target:
        return _parsed(target["Input"])
    if "InputPath" in target:
        return _at(event, target["InputPath"])
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        values = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
        return _parsed(_filled(transformer["InputTemplate"], values | _predefined(event, rule_arn)))
    return event


def _predefined(event: dict[str, Any], rule_arn: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _at(event: Any, path: str) -> Any:
    """Follow a JSON path of names and indexes; what is not there is None."""
    value = event
    for name, index in _STEP.findall(path.removeprefix("$")):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _filled(template: str, values: dict[str, Any]) -> str:
    """Put JSON where a placeholder stands alone, and bare text where it stands inside a string."""
    quoted = False
    text = ""
    for token in _TOKEN.finditer(template):
        if token[1] in values:
            text += _written(values[token[1]], quoted=quoted)
        else:
            text += token[0]
            quoted ^= token[0] == '"'
    return text


def _written(value: Any, *, quoted: bool) -> str:
    if value is None:
        return ""
    if not quoted:
        return json.dumps(value)
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]
