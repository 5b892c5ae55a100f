"""The commands of a build in a real shell, and the effect of their failures.

https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from typing import Any

import pytest

from localaws.codebuild import buildspec
from tests.support.localaws.build_in_a_folder import Build

ALL_SUCCEED = dict.fromkeys(("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"), "SUCCEEDED")


def every_phase(**failing: Any) -> dict[str, Any]:
    """Return phases that print their names, except the given ones."""
    return {name: {"commands": [f"echo {name}"]} for name in buildspec.PHASES} | failing


def test_phases_run_in_the_order_of_codebuild(build: Build) -> None:
    assert build.run(dict(reversed(every_phase().items()))) == ALL_SUCCEED
    assert build.output == ["install", "pre_build", "build", "post_build"]


FAIL = {"commands": ["echo one", "exit 3", "echo two"]}
FAIL_AND_GO_ON = FAIL | {"on-failure": "CONTINUE"}
FAIL_AND_STOP = FAIL | {"on-failure": "ABORT"}
SUCCEEDING = {"commands": ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"']}


@pytest.mark.parametrize(
    ("failing", "statuses", "output"),
    [
        ({"install": FAIL}, {"INSTALL": "FAILED"}, ["one"]),
        ({"pre_build": FAIL}, {"INSTALL": "SUCCEEDED", "PRE_BUILD": "FAILED"}, ["install", "one"]),
        (
            {"build": FAIL, "post_build": SUCCEEDING},
            ALL_SUCCEED | {"BUILD": "FAILED"},
            ["install", "pre_build", "one", "succeeding 0"],
        ),
        ({"post_build": FAIL}, ALL_SUCCEED | {"POST_BUILD": "FAILED"}, ["install", "pre_build", "build", "one"]),
        (
            {"install": FAIL_AND_GO_ON, "pre_build": SUCCEEDING},
            ALL_SUCCEED | {"INSTALL": "FAILED"},
            ["one", "succeeding 0", "build", "post_build"],
        ),
        (
            {"build": FAIL_AND_STOP},
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "SUCCEEDED", "BUILD": "FAILED"},
            ["install", "pre_build", "one"],
        ),
    ],
)
def test_a_failed_phase_ends_the_build_or_not(
    build: Build, failing: dict[str, Any], statuses: dict[str, str], output: list[str]
) -> None:
    assert build.run(every_phase(**failing)) == statuses
    assert build.output == output
    assert build.phases.status == "FAILED"
    assert build.contexts == ["COMMAND_EXECUTION_ERROR: Error while executing command: exit 3. Reason: exit status 3"]


def test_finally_runs_after_a_failure_which_is_reported(build: Build) -> None:
    phases = {"install": {"commands": ["false", "echo no"], "finally": ["echo tidy", "exit 4", "echo no"]}}
    assert build.run(phases) == {"INSTALL": "FAILED"}
    assert build.output == ["tidy"]
    assert build.contexts == ["COMMAND_EXECUTION_ERROR: Error while executing command: false. Reason: exit status 1"]


def test_a_failure_in_finally_fails_the_phase(build: Build) -> None:
    assert build.run({"install": {"commands": ["true"], "finally": ["exit 4"]}}) == {"INSTALL": "FAILED"}


def test_variables_are_exported_as_the_commands_left_them(build: Build) -> None:
    phases = {"build": {"commands": ['TAG="a b"; export LINES_="1\n2"']}}
    build.run(phases, env={"exported-variables": ["TAG", "LINES_", "UNSET"]})
    assert build.exported == {"TAG": "a b", "LINES_": "1\n2", "UNSET": ""}
