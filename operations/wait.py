"""Ways to wait, over the API, until something has happened."""

import time
from collections.abc import Callable
from typing import Any

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 0.5


def wait_for_execution(client: Any, pipeline: str, execution_id: str, timeout_seconds: float) -> dict[str, Any]:
    """Wait until an execution is over, and give it as GetPipelineExecution does."""

    def over() -> dict[str, Any] | None:
        answer = client.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=execution_id)
        execution: dict[str, Any] = answer["pipelineExecution"]
        return execution if execution["status"] not in ("InProgress", "Stopping") else None

    return until(over, timeout_seconds, f"execution {execution_id} of {pipeline} is not over")


def wait_for_state_machine(client: Any, execution_arn: str, timeout_seconds: float) -> dict[str, Any]:
    """Wait until an execution of a state machine is over, and give it as DescribeExecution does."""

    def over() -> dict[str, Any] | None:
        execution: dict[str, Any] = client.describe_execution(executionArn=execution_arn)
        return execution if execution["status"] != "RUNNING" else None

    return until(over, timeout_seconds, f"{execution_arn} is not over")


def until(
    look: Callable[[], dict[str, Any] | None],
    timeout_seconds: float,
    what_is_wrong: str,
    *,
    longest_pause_seconds: float = _LONGEST_PAUSE_SECONDS,
) -> dict[str, Any]:
    """Look again and again, ever more slowly, until there is something to see, and give it."""
    deadline, pause = time.monotonic() + timeout_seconds, _FIRST_PAUSE_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"After {timeout_seconds:g} seconds {what_is_wrong}")
        time.sleep(pause)
        pause = min(1.2 * pause, longest_pause_seconds)
    return found
