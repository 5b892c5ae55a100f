"""What EventBridge refuses, our server too, and moto alone does not."""

import json

from localaws.events import refusals
from tests.support.localaws.fixes import Client, case, refusal

PIPELINE = "arn:aws:codepipeline:us-east-1:123456789012:shop"


@case(
    refusals.a_target_without_a_role,
    in_aws=[f"ValidationException: RoleArn is required for target {PIPELINE}.", "", ""],
)
def test_targets_without_a_role_with_one_and_of_a_kind_that_needs_none(client: Client) -> object:
    events = client("events")
    events.put_rule(Name="targets", EventPattern=json.dumps({"source": ["aws.ecr"]}))
    role = "arn:aws:iam::123456789012:role/events"
    targets = [
        {"Id": "bare", "Arn": PIPELINE},
        {"Id": "acting", "Arn": PIPELINE, "RoleArn": role},
        {"Id": "topic", "Arn": "arn:aws:sns:us-east-1:123456789012:topic"},
    ]
    return [refusal(events.put_targets, Rule="targets", Targets=[target]) for target in targets]
