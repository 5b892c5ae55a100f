"""The input of a target: the event, a part of it, a constant, or a transformed event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re

from localaws.json_types import JsonObject

_PATH_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_TOKEN = re.compile(r'\\.|"|<([A-Za-z0-9._-]+)>|[^"\\<]+|<', re.DOTALL)


def target_input(target: JsonObject, event: JsonObject, *, rule_arn: str) -> object:
    """Return the input of a target for an event. Text that is not JSON is returned unchanged.

    Args:
        target: The target, as ListTargetsByRule describes it.
        event: The event.
        rule_arn: The ARN of the rule that matched the event.
    """
    if "Input" in target:
        return _parsed(target["Input"])
    if "InputPath" in target:
        return _value_at(event, target["InputPath"])
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        values = {name: _value_at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
        return _parsed(_transformed(transformer["InputTemplate"], values | _predefined(event, rule_arn)))
    return event


def _predefined(event: JsonObject, rule_arn: str) -> JsonObject:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _value_at(event: JsonObject, path: str) -> object:
    """Return the value at a JSON path of names and indexes, or None if the event has no such value."""
    value: object = event
    for name, index in _PATH_STEP.findall(path.removeprefix("$")):
        if name and isinstance(value, dict):
            value = value.get(name)
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value


def _transformed(template: str, values: JsonObject) -> str:
    """Replace each placeholder by its value: as text if the placeholder is inside a string, otherwise as JSON."""
    quoted = False
    text = ""
    for token in _TOKEN.finditer(template):
        if token[1] in values:
            text += _inserted(values[token[1]], quoted=quoted)
        else:
            text += token[0]
            quoted ^= token[0] == '"'
    return text


def _inserted(value: object, *, quoted: bool) -> str:
    if value is None:
        return ""
    if not quoted:
        return json.dumps(value)
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]
