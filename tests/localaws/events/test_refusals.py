"""Requests that EventBridge and the local AWS refuse, and moto alone accepts."""

import json

from localaws.events import refusals
from tests.support.localaws.fixes import Client, case, refusal

BAD = "InvalidEventPatternException: Event pattern is not valid. Reason: "
PIPELINE = "arn:aws:codepipeline:us-east-1:123456789012:shop"


@case(
    refusals.a_target_without_a_role,
    in_aws=[f"ValidationException: RoleArn is required for target {PIPELINE}.", "", ""],
)
def test_targets_without_and_with_a_role(client: Client) -> object:
    events = client("events")
    events.put_rule(Name="targets", EventPattern=json.dumps({"source": ["aws.ecr"]}))
    role = "arn:aws:iam::123456789012:role/events"
    targets = [
        {"Id": "bare", "Arn": PIPELINE},
        {"Id": "acting", "Arn": PIPELINE, "RoleArn": role},
        {"Id": "topic", "Arn": "arn:aws:sns:us-east-1:123456789012:topic"},
    ]
    return [refusal(events.put_targets, Rule="targets", Targets=[target]) for target in targets]


@case(
    refusals.a_pattern_with_a_bad_wildcard,
    in_aws=[
        f"{BAD}Consecutive wildcard characters in 'v**'",
        f"{BAD}Consecutive wildcard characters in '**'",
        f"{BAD}Invalid escape character in 'v\\\\d'",
        "",
    ],
)
def test_patterns_with_bad_wildcards_and_with_good_ones(client: Client) -> object:
    events = client("events")
    matchers = [
        {"wildcard": "v**"},
        {"anything-but": {"wildcard": ["", "**"]}},
        {"wildcard": "v\\d"},
        {"wildcard": "v*\\*\\\\*"},
    ]
    return [
        refusal(events.put_rule, Name="wildcards", EventPattern=json.dumps({"detail": {"image-tag": [matcher]}}))
        for matcher in matchers
    ]
