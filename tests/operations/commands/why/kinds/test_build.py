"""Tests of builds that fail.

https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html
"""

from dataclasses import replace

import pytest

from operations.commands.why.cause import Cause
from operations.system.pipeline import Action
from tests.support.ops.incidents import EXECUTION, causes, evidence


def failed(error: str, log: list[str]) -> Cause:
    """Return the first cause of an execution whose build failed."""
    build = Action("a1", "Build", "Build", "CodeBuild", "Failed", "shop:1", error, ())
    return causes(evidence(executions=[replace(EXECUTION, status="Failed")], actions=[build], build_log=log))[0]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            (
                "JobFailed: Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
                "Message: Error "
                "while executing command: cat x. Reason: exit status 1"
            ),
            "build-failed",
        ),
        ("JobFailed: Build terminated with state: TIMED_OUT", "build-timed-out"),
        ("JobFailed: YAML_FILE_ERROR: wrong number of container tags", "build-specification"),
        ("Error calling startBuild: Cannot have more than 0 builds in queue for the account", "quota-builds"),
        ("JobFailed: CLIENT_ERROR Message: no matching artifact paths found", "build-output"),
        ("JobFailed: BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE", "build-image"),
    ],
)
def test_the_error_of_the_action_names_the_cause(error: str, kind: str) -> None:
    first = failed(error, [])

    assert (first.kind, first.certainty) == (kind, "certain")


def test_the_log_ends_with_the_command_that_failed() -> None:
    later = [f"[Container] 2026/11/29 12:00:0{second} Entering phase POST_BUILD" for second in range(9)]
    ended = "[Container] 2026/11/29 12:00:00 Command did not exit successfully cat x exit status 1"
    first = failed("JobFailed: COMMAND_EXECUTION_ERROR", ["cat: x: No such file or directory", ended, *later])

    assert first.evidence[1:] == ["build log: cat: x: No such file or directory", f"build log: {ended}"]
