"""Requests that Step Functions and the local AWS refuse, and moto alone accepts."""

from localaws.stepfunctions import refusals
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.roles import role

REFUSED = (
    "AccessDeniedException: Neither the global service principal states.amazonaws.com, nor the regional one is "
    "authorized to assume the provided role."
)


@case(refusals.a_state_machine_whose_role_does_not_trust_it, in_aws=[REFUSED, REFUSED, ""])
def test_state_machines_with_roles_of_each_kind_of_trust(client: Client) -> object:
    roles = [
        "arn:aws:iam::123456789012:role/gone",
        role(client, "machine-task", "ecs-tasks.amazonaws.com"),
        role(client, "machine", "states.amazonaws.com"),
    ]
    create = client("stepfunctions").create_state_machine
    return [refusal(create, name=f"machine-{number}", definition="{}", roleArn=arn) for number, arn in enumerate(roles)]
