"""Tests of the output of a rehearsal, and of steps that fail."""

import io
import re
import time

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


def test_the_last_line_says_where_most_of_the_time_went(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    display = Display(Console(file=output, width=80))
    ticks = iter([0.0, 70.2, 80.0, 81.0, 90.0, 92.0, 100.0, 103.0, 110.0, 110.1])
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))

    for title in ("deploy", "push", "diff", "destroy", "look"):
        display.run([Step(title, lambda: "")])
    display.table()

    assert output.getvalue().splitlines()[-1] == (
        "✓ all 5 steps succeeded, in 1 min 16 s; the longest: deploy 70 s, destroy 3 s, diff 2 s, push 1 s"
    )
