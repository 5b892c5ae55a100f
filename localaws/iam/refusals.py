"""Requests that IAM refuses and moto accepts."""

import json
from collections.abc import Callable

from moto.iam.exceptions import DeleteConflictException, LimitExceededException, MalformedPolicyDocument
from moto.iam.models import IAMBackend as Backend
from moto.iam.models import Role

MOST_BYTES_OF_INLINE_POLICIES = 10_240


def a_role_without_a_trust_policy() -> None:
    """Refuse a role whose trust policy has no statement.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    create: Callable[..., Role] = Backend.create_role

    def create_role(
        self: Backend, role_name: str, assume_role_policy_document: str, *args: object, **kwargs: object
    ) -> Role:
        if not json.loads(assume_role_policy_document).get("Statement"):
            raise MalformedPolicyDocument("Missing required field Statement")
        return create(self, role_name, assume_role_policy_document, *args, **kwargs)

    Backend.create_role = create_role


def more_inline_policies_than_a_role_has_room_for() -> None:
    """Refuse an inline policy if the inline policies of the role together exceed 10,240 characters.

    White space does not count.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
    """
    put = Backend.put_role_policy

    def put_role_policy(self: Backend, role_name: str, policy_name: str, policy_json: str) -> None:
        policies = {**self.get_role(role_name).policies, policy_name: policy_json}
        if sum(len("".join(policy.split())) for policy in policies.values()) > MOST_BYTES_OF_INLINE_POLICIES:
            message = f"Maximum policy size of {MOST_BYTES_OF_INLINE_POLICIES} bytes exceeded for role {role_name}"
            raise LimitExceededException(message)
        put(self, role_name, policy_name, policy_json)

    Backend.put_role_policy = put_role_policy


def to_delete_an_attached_policy() -> None:
    """Refuse to delete a managed policy that is attached to a role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    """
    delete = Backend.delete_policy

    def delete_policy(self: Backend, policy_arn: str) -> None:
        if self.get_policy(policy_arn).attachment_count:
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        delete(self, policy_arn)

    Backend.delete_policy = delete_policy


REFUSALS = (
    a_role_without_a_trust_policy,
    more_inline_policies_than_a_role_has_room_for,
    to_delete_an_attached_policy,
)
