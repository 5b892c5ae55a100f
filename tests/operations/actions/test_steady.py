"""Tests of when a service runs its tasks. The tests of `ops scale` wait for them on the shared local AWS."""

from dataclasses import replace

import pytest

from operations.actions.steady import complete
from operations.system.deployments import Deployments
from operations.system.tasks import Task
from tests.support.ops.incidents import SERVICE, TASK, rollout

STARTS = replace(TASK, id="t2", status="PENDING")
STOPS = replace(TASK, desired_status="STOPPED")


@pytest.mark.parametrize(
    ("service", "tasks", "expected"),
    [
        (SERVICE, [TASK], True),
        (replace(SERVICE, desired_count=0, running_count=0), [], True),
        (rollout(), [TASK], False),
        (replace(SERVICE, desired_count=2), [TASK], False),
        (replace(SERVICE, desired_count=2), [TASK, STARTS], False),
        (replace(SERVICE, desired_count=0), [TASK], False),
        (SERVICE, [STOPS], False),
        (replace(SERVICE, running_count=0), [TASK], False),
    ],
    ids=["complete", "no task", "deployment", "one lacks", "one starts", "one too many", "one stops", "other count"],
)
def test_a_service_is_complete_if_exactly_its_tasks_run(
    service: Deployments,
    tasks: list[Task],
    expected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert complete(service, tasks) is expected
