"""Tests of the progress of uploads: in a log, a line tells at least every ten seconds how far a blob is."""

import time
from io import StringIO

import pytest
from rich.console import Console

from operations.images import progress
from operations.images.progress import Progress

MB = 1_000_000


def test_a_log_gets_a_line_at_the_start_and_while_a_part_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE_SECONDS", 0.05)
    said = StringIO()

    with Progress(Console(file=said, width=80)).transfer("blob 1 of 2: sha256:0123…", 40 * MB) as done:
        done(20 * MB)
        deadline = time.monotonic() + 10
        while said.getvalue().count("\n") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)

    first, *others = said.getvalue().splitlines()
    assert first == "blob 1 of 2: sha256:0123…, 40.0 MB"
    assert len(others) >= 2
    assert set(others) == {"blob 1 of 2: sha256:0123…: 20.0 MB of 40.0 MB"}


def test_a_short_transfer_is_one_line_in_a_log() -> None:
    said = StringIO()

    with Progress(Console(file=said, width=80)).transfer("blob", 1) as done:
        done(1)

    assert said.getvalue() == "blob, 1 byte\n"


def test_a_terminal_shows_a_bar_that_disappears() -> None:
    said = StringIO()

    with Progress(Console(file=said, width=80, force_terminal=True)).transfer("blob", 40 * MB) as done:
        done(10 * MB)

    assert said.getvalue().startswith("blob, 40.0 MB\n")
    assert "10.0/40.0 MB" in said.getvalue()
    assert said.getvalue().endswith("\x1b[2K")
