"""State machines of Step Functions that call the AWS API, and what starts them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.sfn_state_machine import SfnStateMachine
from constructs import Construct

from modules.account import partition
from modules.iam import Role

RETRY = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 5}
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""


class StateMachine(Construct):
    """A state machine in JSONata, with a role of its name.

    It writes no log and no trace: Step Functions keeps a standard execution's history for 90 days, and either would
    need rights on `*`.
    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html

    Args:
        name: Of the machine, and of its role.
        grants: What each lets the role do; together, all that the states call.
        states: In their order, the first one first.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        grants: Sequence[Callable[[Role], None]],
        states: Mapping[str, Mapping[str, Any]],
    ) -> None:
        super().__init__(scope, id_)

        role = Role(self, "role", name=name, assumed_by="states.amazonaws.com")
        for grant in grants:
            grant(role)
        machine = SfnStateMachine(
            self,
            "Default",
            name=name,
            role_arn=role.arn,
            definition=json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}),
            depends_on=role.rights,
        )

        self.arn = machine.arn

    def start_on(self, scope: Construct, *, name: str, description: str, pattern: Mapping[str, Any]) -> None:
        """Declare an EventBridge rule in `scope` that starts the machine with each event that fits the pattern.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
        """
        role = Role(scope, "role", name=name, assumed_by="events.amazonaws.com")
        role.allow("StartStateMachine", actions=["states:StartExecution"], resources=[self.arn])
        rule = CloudwatchEventRule(
            scope, "Default", name=name, description=description, event_pattern=json.dumps(pattern)
        )
        CloudwatchEventTarget(scope, "target", rule=rule.name, arn=self.arn, role_arn=role.arn, depends_on=role.rights)


def task(
    scope: Construct,
    call: str,
    arguments: Mapping[str, Any],
    *,
    assign: Mapping[str, str] | None = None,
    catch: Mapping[str, str] | None = None,
    following: str | None = None,
) -> dict[str, Any]:
    """Return a state that makes one call to the AWS API; after an error it tries again, for five minutes.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html

    Args:
        scope: Where the machine is.
        call: `service:operation`.
        arguments: Of the operation, each with a capital.
        assign: Variables, by their names without `$`.
        catch: The state that follows each error that is not tried again.
        following: The state that follows; without one the machine ends.
    """
    never = [{"ErrorEquals": [*catch], "MaxAttempts": 0}] if catch else []
    return {
        "Type": "Task",
        "Resource": f"arn:{partition(scope)}:states:::aws-sdk:{call}",
        "Arguments": arguments,
        **({"Assign": assign} if assign else {}),
        "Retry": [*never, RETRY],
        **({"Catch": [{"ErrorEquals": [error], "Next": state} for error, state in catch.items()]} if catch else {}),
        **({"Next": following} if following else {"End": True}),
    }
