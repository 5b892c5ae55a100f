"""State machines of Step Functions that call the AWS API, and the EventBridge rules that start them."""

import json
from collections.abc import Callable, Mapping, Sequence

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.sfn_state_machine import SfnStateMachine
from constructs import Construct

from modules.account import partition
from modules.iam import Role

State = Mapping[str, object]
"""One state in the Amazon States Language: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html"""

RETRY = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 5}
"""The retries of a failed task: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""


class StateMachine(Construct):
    """A state machine with the query language JSONata, and a role of the same name.

    The machine has neither logs nor traces, because for both, the role would need permissions on `*`. Step Functions
    keeps the history of a standard execution for 90 days.
    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html

    Args:
        name: The name of the machine and of its role.
        grants: Functions that give the role the permissions for the AWS calls in the states.
        states: The states by name. The first of them is the start state.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        grants: Sequence[Callable[[Role], None]],
        states: Mapping[str, State],
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
            depends_on=[role.inline_policy],
        )

        self.arn = machine.arn

    def start_on(self, scope: Construct, *, name: str, description: str, pattern: Mapping[str, object]) -> None:
        """Start the machine on each event that matches the pattern.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html

        Args:
            scope: The construct in which the rule is created, with the id `Default`.
            name: The name of the rule and of its role.
            description: The description of the rule.
            pattern: The event pattern.
        """
        role = Role(scope, "role", name=name, assumed_by="events.amazonaws.com")
        role.allow("StartStateMachine", actions=["states:StartExecution"], resources=[self.arn])
        rule = CloudwatchEventRule(
            scope, "Default", name=name, description=description, event_pattern=json.dumps(pattern)
        )
        CloudwatchEventTarget(
            scope, "target", rule=rule.name, arn=self.arn, role_arn=role.arn, depends_on=[role.inline_policy]
        )


def task(
    scope: Construct,
    call: str,
    arguments: Mapping[str, object],
    *,
    assign: Mapping[str, str] | None = None,
    catch: Mapping[str, str] | None = None,
    following: str | None = None,
) -> State:
    """Return a Task state that makes one call of the AWS API.

    After an error, the state retries the call for about five minutes.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html

    Args:
        scope: A construct in the machine's stack.
        call: `service:operation`, such as `ecs:updateService`.
        arguments: The operation's parameters, in PascalCase.
        assign: The JSONata expression of each variable that the state assigns, by the variable's name without `$`.
        catch: The next state after an error that is not retried, by the error's name.
        following: The next state, or None if the machine ends.
    """
    no_retry = [{"ErrorEquals": [*catch], "MaxAttempts": 0}] if catch else []
    return {
        "Type": "Task",
        "Resource": f"arn:{partition(scope)}:states:::aws-sdk:{call}",
        "Arguments": arguments,
        **({"Assign": assign} if assign else {}),
        "Retry": [*no_retry, RETRY],
        **({"Catch": [{"ErrorEquals": [error], "Next": state} for error, state in catch.items()]} if catch else {}),
        **({"Next": following} if following else {"End": True}),
    }
