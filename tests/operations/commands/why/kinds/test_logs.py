"""Tests of a missing log group."""

from tests.support.ops.incidents import failing, stopped


def test_the_log_group_of_the_container_is_named() -> None:
    reason = (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
        "failed to "
        "create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit "
        "status 1"
    )
    first = failing(stopped(reason))[0]

    assert (first.kind, first.certainty) == ("log-group-missing", "certain")
    assert first.text == "The log group /ecs/shop-dev does not exist"
