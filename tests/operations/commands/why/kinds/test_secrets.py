"""Tests of the causes in secrets and parameters.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import pytest

from operations.system.secrets import Reference, Source
from tests.support.ops.incidents import ARN, NOW, failing, stopped

ASM = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
ASM += (
    f"unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {ARN} from "
)
ASM += "secrets manager: "


@pytest.mark.parametrize(
    ("reason", "kind", "text"),
    [
        (
            f"{ASM}ResourceNotFoundException: Secrets Manager can't find the specified secret.",
            "secret-missing",
            f"The secret {ARN} does not exist",
        ),
        (
            (
                f"{ASM}InvalidRequestException: You can't perform this operation on the secret because it was "
                f"marked for "
                "deletion."
            ),
            "secret-missing",
            f"The secret {ARN} is deleted",
        ),
        (
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
                "retrieval failed: "
                "unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret "
                "from Secrets "
                "Manager did not contain json key username"
            ),
            "secret-key-missing",
            f"The secret {ARN} has no JSON key username",
        ),
        (
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: The task can't retrieve "
                "the secret "
                f"with ARN '{ARN}' from AWS Secrets Manager. Check whether the secret exists in the specified Region."
            ),
            "secret-missing",
            f"The secret {ARN} does not exist",
        ),
        (
            f"{ASM}invalid character 'h' looking for beginning of value",
            "secret-not-json",
            f"The value of the secret {ARN} is not JSON",
        ),
        (
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
                "retrieval failed: "
                "unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm "
                "parameters: "
                "/shop/dev/key"
            ),
            "parameter-missing",
            "The SSM parameter /shop/dev/key does not exist",
        ),
    ],
)
def test_the_reason_of_a_task_names_the_secret(reason: str, kind: str, text: str) -> None:
    first = failing(stopped(reason))[0]

    assert (first.kind, first.certainty) == (kind, "certain")
    assert first.text.startswith(text)


@pytest.mark.parametrize(
    ("source", "text"), [(None, "does not exist"), (Source(NOW, None, NOW), "is deleted")], ids=["missing", "deleted"]
)
def test_secrets_manager_shows_a_missing_secret(source: Source | None, text: str) -> None:
    """ECS forgets a stopped task, and its reason, after an hour."""
    first = failing(stopped("TaskFailedToStart"), secrets=[(Reference("API_KEY", ARN, "", ""), source)])[0]

    assert (first.kind, first.certainty, first.text) == ("secret-missing", "certain", f"The secret {ARN} {text}")


def test_a_secret_that_exists_is_no_cause() -> None:
    assert failing(stopped("x"), secrets=[(Reference("API_KEY", ARN, "", ""), Source(NOW, None, None))]) == []


def test_a_missing_parameter_is_no_missing_image() -> None:
    reason = "ResourceInitializationError: unable to pull secrets or registry auth: parameter does not exist: /shop/key"

    assert [each.kind for each in failing(stopped(reason))] == ["parameter-missing"]


def test_a_secret_without_a_value_exists() -> None:
    """Terraform can create a secret without a version."""
    said = (
        "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    )
    [first] = failing(stopped(ASM + said))

    assert (first.kind, first.certainty) == ("secret-empty", "certain")
    assert first.text == f"The secret {ARN} has no value"


def test_the_name_of_an_image_is_not_a_secret() -> None:
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/secret-dev:latest"
    reason = f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}"
    found = failing(stopped(f"{reason}: {image}: not found"))

    assert [each.kind for each in found] == ["image-missing"]
