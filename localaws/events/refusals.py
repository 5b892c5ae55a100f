"""Requests that EventBridge refuses and moto accepts."""

import json
from collections.abc import Callable
from json import JSONDecodeError

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule

from localaws.events.event_patterns import InvalidPatternError, check
from localaws.json_types import JsonObject

ROLE_REQUIRED = ("codebuild", "codepipeline", "ecs", "kinesis", "ssm", "states")
"""The services whose targets EventBridge invokes with a role."""


def a_target_without_a_role() -> None:
    """Refuse a target without a role if EventBridge needs a role to invoke the target.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
    """
    put = EventsBackend.put_targets

    def put_targets(self: EventsBackend, name: str, event_bus_arn: str | None, targets: list[JsonObject]) -> None:
        for target in targets:
            if target["Arn"].split(":")[2] in ROLE_REQUIRED and not target.get("RoleArn"):
                raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
        put(self, name, event_bus_arn, targets)

    EventsBackend.put_targets = put_targets


def a_pattern_with_a_bad_wildcard() -> None:
    """Refuse a rule whose pattern has two wildcards in a row, or a backslash before an ordinary character.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    put: Callable[..., Rule] = EventsBackend.put_rule

    def put_rule(self: EventsBackend, name: str, *, event_pattern: str | None = None, **settings: object) -> Rule:
        try:
            check(json.loads(event_pattern or "{}"))
        except InvalidPatternError as error:
            raise InvalidEventPatternException(str(error)) from None
        except JSONDecodeError:
            pass  # moto refuses invalid JSON
        return put(self, name, event_pattern=event_pattern, **settings)

    EventsBackend.put_rule = put_rule


REFUSALS = (a_target_without_a_role, a_pattern_with_a_bad_wildcard)
