"""Tests of the run of the checks: no check ends or delays the others."""

import subprocess
import sys
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

from botocore.exceptions import ReadTimeoutError

from operations.preflight import runner
from operations.preflight.finding import Finding, Kind, ok
from tests.support.preflight.contexts import NOT_CHECKED, settings
from tests.support.synthesized import ROOT


def good() -> Iterator[Finding]:
    yield ok("good", "as it should be")


def broken() -> Iterator[Finding]:
    yield ok("broken", "first part")
    raise LookupError("Regions")


def timed_out() -> Iterator[Finding]:
    raise ReadTimeoutError(endpoint_url="https://ec2.example.com")
    yield


def run(seconds: float = 5, **given: Any) -> list[tuple[str, Kind, str]]:
    found = runner.run(given, lambda *_: None, seconds=seconds)
    return [(each.place, each.kind, each.text) for each in found]


def test_an_error_ends_no_other_check_and_loses_no_finding() -> None:
    assert run(broken=broken, timed_out=timed_out, good=good) == [
        ("broken", Kind.OK, "first part"),
        ("broken", NOT_CHECKED, "because the answer was unexpected (LookupError: Regions)"),
        ("timed_out", NOT_CHECKED, 'because Read timeout on endpoint URL: "https://ec2.example.com"'),
        ("good", Kind.OK, "as it should be"),
    ]


def test_a_check_that_hangs_is_given_up() -> None:
    released = Event()

    def hanging() -> Iterator[Finding]:
        released.wait()
        yield ok("hanging", "at last")

    start = time.monotonic()
    found = run(0.3, hanging=hanging, good=good)
    released.set()

    assert time.monotonic() - start < 3
    assert found == [
        ("hanging", NOT_CHECKED, "because the answer took longer than 0.3 seconds"),
        ("good", Kind.OK, "as it should be"),
    ]


def test_a_check_that_hangs_does_not_keep_the_program_alive() -> None:
    hanging = "runner.run({'hanging': threading.Event().wait}, lambda *_: None, seconds=0.1)"
    script = f"import threading; from operations.preflight import runner; print(*{hanging})"

    out = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True, timeout=30)

    assert "the answer took longer than 0.1 seconds" in out


def test_the_progress_counts_the_checks_that_have_ended() -> None:
    seen: list[tuple[int, int]] = []

    list(runner.run({"broken": broken, "good": good}, lambda *each: seen.append(each)))

    assert seen == [(0, 2), (1, 2)]


def test_the_local_checks_need_no_aws() -> None:
    assert [each.place for each in runner.run(runner.local(settings()), lambda *_: None)] == [
        "Terraform",
        "AWS provider",
    ]
