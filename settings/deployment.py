"""Duration of a failing deployment, until the circuit breaker ends it."""

import math
from typing import NamedTuple

DEREGISTRATION_SECONDS = 60
"""Seconds that a target may take to finish its open requests after deregistration."""

MAX_TIMEOUT_MINUTES = 60
"""The longest time-out of the ECS deploy action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
"""

_START_SECONDS = 60
_TASKS_STARTED_PER_MINUTE = 500
"""Tasks that ECS starts on Fargate per minute, for one service.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""


class FailingDeployment(NamedTuple):
    """A deployment with tasks that never become healthy.

    The circuit breaker ends the deployment after a number of failed tasks: half of the desired count, but at least 3
    and at most 200. In one round, ECS starts at most as many new tasks as the desired count. So with a desired count of
    1, the deployment takes three rounds. In each round, the tasks start, fail the slower of their health checks, and
    leave the target group. A task that becomes healthy resets the count of failures.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentCircuitBreaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
    """

    desired_count: int
    health_check_interval_seconds: int
    unhealthy_threshold: int
    grace_period_seconds: int
    container_check_seconds: int = 0

    @property
    def minutes(self) -> int:
        """The minutes until the circuit breaker ends the deployment, rounded up."""
        return math.ceil(self._rounds * sum(self._round) / 60)

    @property
    def arithmetic(self) -> str:
        """The calculation of `minutes`, for error messages."""
        start, checks, deregister = self._round
        return f"{self._rounds} x ({start} s to start + {checks} s to fail + {deregister} s to deregister)"

    @property
    def _rounds(self) -> int:
        failures = min(max(math.ceil(self.desired_count / 2), 3), 200)
        return math.ceil(failures / max(self.desired_count, 1))

    @property
    def _round(self) -> tuple[int, int, int]:
        start = _START_SECONDS + 60 * self.desired_count // _TASKS_STARTED_PER_MINUTE
        checks = self.health_check_interval_seconds * self.unhealthy_threshold
        return start, max(self.grace_period_seconds, checks, self.container_check_seconds), DEREGISTRATION_SECONDS
