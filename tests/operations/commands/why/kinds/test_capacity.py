"""Tests of the causes in the capacity and the quotas of Fargate.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from dataclasses import replace

import pytest

from operations.system.deployments import Event
from tests.support.ops.incidents import DEFINITION, NOW, TASK, causes, evidence, rollout


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            (
                "(service shop-dev) was unable to place a task. Reason: Capacity is unavailable at this time. "
                "Please try "
                "again later or in a different availability zone."
            ),
            "no-capacity",
        ),
        (
            (
                "(service shop-dev) was unable to place a task. Reason: You've reached the limit on the number "
                "of vCPUs you "
                "can run concurrently."
            ),
            "quota-vcpus",
        ),
        (
            (
                "(service shop-dev) was unable to place a task. Reason: You've reached the limit on the number "
                "of tasks you "
                "can run concurrently."
            ),
            "quota-tasks",
        ),
    ],
)
def test_an_event_of_the_service_names_the_limit(message: str, kind: str) -> None:
    service = replace(rollout(), events=(Event(NOW, message),))
    first = causes(evidence(service=service, tasks=[TASK], revision=DEFINITION))[0]

    assert (first.kind, first.certainty, first.evidence) == (kind, "certain", [f"service event: {message}"])
