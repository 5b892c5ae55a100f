"""Tests of a missing log group.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import pytest

from tests.support.ops.incidents import failing, stopped

LOGGER = "ResourceInitializationError: failed to validate logger args: "


@pytest.mark.parametrize(
    "reason",
    [
        (
            "create stream has been retried 1 times: failed to create Cloudwatch log stream: "
            "ResourceNotFoundException: The "
            "specified log group does not exist. : exit status 1"
        ),
        "The task cannot find the Amazon CloudWatch log group defined in the task definition. Check the log group.",
    ],
)
def test_the_log_group_of_the_container_is_named(reason: str) -> None:
    first = failing(stopped(f"{LOGGER}{reason}"))[0]

    assert (first.kind, first.certainty) == ("log-group-missing", "certain")
    assert first.text == "The log group /ecs/shop-dev does not exist"
