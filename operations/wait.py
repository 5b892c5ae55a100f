"""Waits that poll the AWS API."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.5

Found = TypeVar("Found")


def wait_for_state_machine(
    client: "SFNClient", execution_arn: str, timeout_seconds: float
) -> "DescribeExecutionOutputTypeDef":
    """Wait for the end of a state machine's execution, and return the answer of DescribeExecution.

    Raises:
        TimeoutError: The execution still runs.
    """

    def ended() -> "DescribeExecutionOutputTypeDef | None":
        execution = client.describe_execution(executionArn=execution_arn)
        return execution if execution["status"] != "RUNNING" else None

    return until(ended, timeout_seconds, f"{execution_arn} still runs")


def until(
    find: Callable[[], Found | None],
    timeout_seconds: float,
    problem: str,
    *,
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
) -> Found:
    """Call a function, with growing pauses, until it finds something. Return what it finds.

    Args:
        find: The function. It returns None, or another false value, as long as it finds nothing.
        timeout_seconds: How long to wait.
        problem: The problem, for the error message after a time-out.
        longest_pause_seconds: The limit of the pause between two calls.

    Raises:
        TimeoutError: The function has found nothing in time.
    """
    deadline, pause = time.monotonic() + timeout_seconds, FIRST_PAUSE_SECONDS
    while not (found := find()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"After {timeout_seconds:g} seconds {problem}")
        time.sleep(pause)
        pause = min(1.2 * pause, longest_pause_seconds)
    return found
