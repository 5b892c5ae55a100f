"""Tests of the output of a rehearsal, and of steps that fail."""

import io
import re

import pytest
from botocore.exceptions import NoCredentialsError
from rich.console import Console

from rehearsal.display import Display, RehearsalError
from rehearsal.steps import Step
from rehearsal.system import CheckError
from tools.toolchain.commands import CommandError


def raising(error: Exception) -> Step:
    def run() -> str:
        raise error

    return Step("deploy the system", run)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            CommandError("cdktf deploy dev-main", 1, "Error: no such thing\n"),
            "deploy the system: `cdktf deploy dev-main` exited with 1. It printed:\nError: no such thing\n",
        ),
        (CheckError("the tag is 'a', expected 'b'"), "deploy the system: the tag is 'a', expected 'b'"),
        (TimeoutError("After 60 seconds it is not over"), "deploy the system: After 60 seconds it is not over"),
        (OSError(28, "No space left on device", "/log"), "deploy the system: /log: No space left on device"),
        (NoCredentialsError(), "deploy the system: Unable to locate credentials"),
    ],
)
def test_a_failed_step_ends_the_rehearsal_with_its_output(error: Exception, message: str) -> None:
    seen: list[str] = []

    def after() -> str:
        seen.append("ran")
        return ""

    with pytest.raises(RehearsalError) as raised:
        Display(Console(file=io.StringIO())).run([raising(error), Step("after", after)])

    assert str(raised.value) == message
    assert seen == []


def test_the_table_shows_what_each_step_saw() -> None:
    output = io.StringIO()
    display = Display(Console(file=output, width=80))

    display.run([Step("push an image", lambda: "[sha256:1]"), Step("diff", lambda: "no changes")])
    display.table()

    rows = [re.split(r" *│ *", line.strip("│ ")) for line in output.getvalue().splitlines() if line.startswith("│")]
    assert rows == [["push an image", "[sha256:1]", "0"], ["diff", "no changes", "0"]]
    assert output.getvalue().splitlines()[-1] == "✓ all 2 steps succeeded, in 0 min 0 s"
