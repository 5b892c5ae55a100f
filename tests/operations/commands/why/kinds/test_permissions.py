"""Tests of missing permissions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import pytest

from tests.support.ops.incidents import ARN, failing, stopped

SESSION = "User: arn:aws:sts::123456789012:assumed-role/shop-dev-execution/t8 is not authorized to perform: "


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
                "retrieval failed: "
                f"unable to retrieve secret from asm: AccessDeniedException: "
                f"{SESSION}secretsmanager:GetSecretValue on "
                f"resource: {ARN} because no identity-based policy allows the secretsmanager:GetSecretValue action"
            ),
            f"The role shop-dev-execution lacks the permission secretsmanager:GetSecretValue on {ARN}",
        ),
        (
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull "
                "registry auth "
                f"from Amazon ECR: AccessDeniedException: {SESSION}ecr:GetAuthorizationToken on resource: *"
            ),
            "The role shop-dev-execution lacks the permission ecr:GetAuthorizationToken on *",
        ),
    ],
)
def test_the_role_and_the_action_are_named(reason: str, text: str) -> None:
    first = failing(stopped(reason))[0]

    assert (first.kind, first.certainty, first.text) == ("permission-missing", "certain", text)
    assert first.advice.startswith("The role shop-dev-execution was changed outside Terraform.")


def test_a_role_that_ecs_cannot_assume_is_named() -> None:
    role = "arn:aws:iam::123456789012:role/shop-dev-task"
    reason = f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role"
    first = failing(stopped(reason))[0]

    assert (first.kind, first.certainty) == ("role-not-assumable", "certain")
    assert first.text == "AWS cannot assume the role shop-dev-task: it does not exist, or trusts another service"


def test_a_denial_without_an_action_is_only_likely() -> None:
    first = failing(stopped("The provided role does not have sufficient permissions to access ECS"))[0]

    assert (first.kind, first.certainty) == ("permission-missing", "likely")
