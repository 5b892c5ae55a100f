"""A moved clock ends the waits that are over, and no others."""

import threading
import time

import pytest

from localaws.clock import Clock


def test_it_runs_in_real_time() -> None:
    clock, before = Clock(), time.monotonic()

    clock.sleep(0.05)

    assert 0.05 <= time.monotonic() - before < 5
    assert clock.now() == pytest.approx(time.monotonic(), abs=1)


def test_moving_it_ends_the_waits_that_are_over() -> None:
    clock = Clock()
    waits = {minutes: threading.Thread(target=clock.sleep, args=[60 * minutes], daemon=True) for minutes in (1, 2)}
    for wait in waits.values():
        wait.start()

    clock.advance(90)

    waits[1].join(5)
    assert {minutes: wait.is_alive() for minutes, wait in waits.items()} == {1: False, 2: True}
    clock.advance(60)
    waits[2].join(5)
    assert not waits[2].is_alive()
    assert clock.ahead == 150


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_it_does_not_go_back(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"^seconds: must not be negative, got"):
        Clock().advance(seconds)
