"""What EventBridge refuses and moto takes."""

from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend

ACTED_FOR = ("codebuild", "codepipeline", "ecs", "kinesis", "ssm", "states")
"""The services on which EventBridge acts for a role that the target names."""


def a_target_without_a_role() -> None:
    """A target that EventBridge may only reach as a role, and that names none.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
    """
    put = EventsBackend.put_targets

    def put_targets(self: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            if target["Arn"].split(":")[2] in ACTED_FOR and not target.get("RoleArn"):
                raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        put(self, name, event_bus_arn, targets)

    EventsBackend.put_targets = put_targets


REFUSALS = (a_target_without_a_role,)
