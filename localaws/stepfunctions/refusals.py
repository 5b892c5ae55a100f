"""Requests that Step Functions refuses and moto accepts."""

from collections.abc import Callable

from moto.core.exceptions import AWSError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.models import StepFunctionBackend as Backend

from localaws.iam.service_principals import allows_service
from localaws.stepfunctions.state_machine import STATES


def a_state_machine_whose_role_does_not_trust_it() -> None:
    """Refuse a state machine whose role does not exist, or does not trust Step Functions.

    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    """
    create: Callable[..., StateMachine] = Backend.create_state_machine

    def create_state_machine(self: Backend, *, roleArn: str, **settings: object) -> StateMachine:  # noqa: N803 - the name is moto's
        try:
            role = iam_backends[self.account_id][self.partition].get_role_by_arn(roleArn)
        except NotFoundException:
            role = None
        if role is None or not allows_service(role.assume_role_policy_document, STATES):
            message = f"Neither the global service principal {STATES}, nor the regional one is authorized to assume "
            raise AWSError(f"{message}the provided role.", "AccessDeniedException")
        return create(self, roleArn=roleArn, **settings)

    Backend.create_state_machine = create_state_machine


REFUSALS = (a_state_machine_whose_role_does_not_trust_it,)
