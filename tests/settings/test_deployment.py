"""Duration of a failing deployment, which the pipeline's time-out must not cut short."""

import pytest

from settings import ServiceSettings
from settings.deployment import FailingDeployment


@pytest.mark.parametrize(
    ("desired_count", "interval_seconds", "unhealthy_threshold", "grace_period_seconds", "minutes"),
    [
        (1, 10, 10, 60, 11),  # the defaults: 3 failed tasks, one after the other
        (1, 30, 10, 60, 21),  # the article's
        (0, 30, 10, 60, 21),
        (2, 30, 10, 60, 14),
        (3, 30, 10, 60, 7),
        (7, 30, 10, 60, 7),
        (500, 30, 10, 60, 8),
        (5000, 30, 10, 60, 17),
        (1, 30, 2, 0, 9),
        (1, 30, 2, 600, 36),
        (2, 30, 2, 1_600, 58),
    ],
)
def test_the_time_out_covers_all_rounds_of_failing_tasks(
    desired_count: int, interval_seconds: int, unhealthy_threshold: int, grace_period_seconds: int, minutes: int
) -> None:
    settings = ServiceSettings(
        desired_count=desired_count,
        health_check_interval_seconds=interval_seconds,
        unhealthy_threshold=unhealthy_threshold,
        grace_period_seconds=grace_period_seconds,
    )
    assert settings.deployment_timeout_minutes == minutes


def test_the_slower_health_check_determines_the_time_out() -> None:
    """The load balancer's check fails after 100 seconds, the container's after 105, or 100 + 3 x (60 + 5)."""
    command, later = {"command": ["CMD", "true"]}, {"interval_seconds": 60, "start_period_seconds": 100}
    default = ServiceSettings.model_validate({"container_health_check": command})
    slow = ServiceSettings.model_validate({"container_health_check": command | later})

    assert (default.container_check_seconds, default.deployment_timeout_minutes) == (105, 12)
    assert (slow.container_check_seconds, slow.deployment_timeout_minutes) == (295, 21)


def test_the_arithmetic_explains_the_minutes() -> None:
    failing = FailingDeployment(
        desired_count=2, health_check_interval_seconds=30, unhealthy_threshold=2, grace_period_seconds=90
    )

    assert (failing.arithmetic, failing.minutes) == ("2 x (60 s to start + 90 s to fail + 60 s to deregister)", 7)
