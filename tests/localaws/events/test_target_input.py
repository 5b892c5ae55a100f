"""The input of a target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from typing import Any

import pytest

from localaws.events.target_input import target_input

RULE = "arn:aws:events:eu-central-1:123456789012:rule/pushes"
EVENT: dict[str, Any] = {
    "time": "2026-01-02T03:04:05Z",
    "source": "aws.ecr",
    "resources": ["one", "two"],
    "detail": {"image-digest": "sha256:abc", "size": 7, "note": 'say "hi"'},
}
DIGEST_TEMPLATE = (
    '{"sourceRevisions":[{"actionName":"Push","revisionType":"IMAGE_DIGEST","revisionValue":"<revisionValue>"}]}'
)


def transformed(template: str, **paths: str) -> Any:
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    return target_input(target, EVENT, rule_arn=RULE)


def test_the_default_input_is_the_event() -> None:
    assert target_input({}, EVENT, rule_arn=RULE) == EVENT


def test_a_constant_replaces_the_event() -> None:
    assert target_input({"Input": '{"variables": []}'}, EVENT, rule_arn=RULE) == {"variables": []}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.detail.size", 7),
        ("$.detail", EVENT["detail"]),
        ("$.resources[1]", "two"),
        ("$.detail.none.x", None),
        ("$", EVENT),
    ],
)
def test_a_path_selects_a_part_of_the_event(path: str, value: Any) -> None:
    assert target_input({"InputPath": path}, EVENT, rule_arn=RULE) == value


def test_the_pushed_digest_becomes_a_source_revision() -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source.html"""
    assert transformed(DIGEST_TEMPLATE, revisionValue="$.detail.image-digest") == {
        "sourceRevisions": [{"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": "sha256:abc"}]
    }


def test_a_placeholder_outside_a_string_becomes_json() -> None:
    assert transformed('{"n": <n>, "s": <s>, "all": <all>}', n="$.detail.size", s="$.source", all="$.resources") == {
        "n": 7,
        "s": "aws.ecr",
        "all": ["one", "two"],
    }


def test_a_placeholder_inside_a_string_becomes_escaped_text() -> None:
    paths = {"note": "$.detail.note", "n": "$.detail.size", "all": "$.resources"}
    assert transformed('{"t": "<note>, <n> of <all>, \\"<unknown>\\""}', **paths) == {
        "t": 'say "hi", 7 of ["one", "two"], "<unknown>"'
    }


def test_a_missing_value_becomes_an_empty_text() -> None:
    assert transformed('{"tag": "<tag>"}', tag="$.detail.image-tag") == {"tag": ""}


def test_a_template_may_be_plain_text() -> None:
    assert transformed("pushed <d>", d="$.detail.image-digest") == 'pushed "sha256:abc"'


def test_rule_and_event_have_predefined_placeholders() -> None:
    assert transformed(
        '{"rule": "<aws.events.rule-name>", "arn": "<aws.events.rule-arn>", '
        '"at": <aws.events.event.ingestion-time>, "event": <aws.events.event.json>, "bare": <aws.events.event>}'
    ) == {
        "rule": "pushes",
        "arn": RULE,
        "at": EVENT["time"],
        "event": EVENT,
        "bare": {name: value for name, value in EVENT.items() if name != "detail"},
    }
