"""Waits for AWS: by polling the API, or for several answers at the same time."""

import time
from collections.abc import Callable, Mapping
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from operations import reasons

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.5
PATIENCE_SECONDS = 120.0
"""How long to ask again, if AWS gives no answer."""

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


def patient(find: Callable[[], Found | None]) -> Callable[[], Found | None]:
    """Return a function for `until` that finds nothing if AWS throttles the requests of `find`, or gives no answer.

    When AWS has given no answer for two minutes, the function raises the error. It raises other errors at once.
    """
    answered = time.monotonic()

    def found() -> Found | None:
        nonlocal answered
        try:
            own = find()
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > answered + PATIENCE_SECONDS or not reasons.can_pass(error):
                raise
            return None
        answered = time.monotonic()
        return own

    return found


def together(
    jobs: Mapping[str, Callable[[], Found]],
    seconds: float,
    report: Callable[[int, int], None] = lambda _ended, _number: None,
) -> dict[str, Found | Exception]:
    """Run jobs at the same time, each in a thread. Return the answer or the error of each job, in their order.

    The threads are daemons. So a job that hangs neither delays the end of the program, nor Ctrl-C.

    Args:
        jobs: The jobs by name.
        seconds: The time for all jobs together. A job that takes longer gets a TimeoutError.
        report: Gets the number of jobs that have ended, and the number of all jobs.
    """
    deadline = time.monotonic() + seconds
    ended: Queue[tuple[str, Found | Exception]] = Queue()
    for name, job in jobs.items():
        Thread(target=lambda name=name, job=job: ended.put((name, _answer(job))), daemon=True).start()
    found: dict[str, Found | Exception] = {}
    while len(found) < len(jobs):
        report(len(found), len(jobs))
        try:
            name, answer = ended.get(timeout=max(deadline - time.monotonic(), 0))
        except Empty:
            break
        found[name] = answer
    late = TimeoutError(f"the answer took longer than {seconds:g} seconds")
    return {name: found.get(name, late) for name in jobs}


def every(jobs: Mapping[str, Callable[[], Found]], seconds: float) -> dict[str, Found]:
    """Run jobs at the same time, each in a thread. Return the answers, in the order of the jobs.

    Args:
        jobs: The jobs by name.
        seconds: The time for all jobs together.

    Raises:
        Exception: The first error of a job, or a TimeoutError.
    """
    found: dict[str, Found] = {}
    for name, answer in together(jobs, seconds).items():
        if isinstance(answer, Exception):
            raise answer
        found[name] = answer
    return found


def _answer(job: Callable[[], Found]) -> Found | Exception:
    try:
        return job()
    except Exception as error:  # noqa: BLE001 - no job may end the others, whatever AWS answers
        return error
