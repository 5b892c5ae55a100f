"""The clock of the local AWS.

Tests and rehearsals move this clock ahead to shorten waits. Timestamps and signatures use the real time instead.
"""

import threading
import time


class Clock:
    """A clock that runs as fast as the real time, and can be moved ahead."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved = threading.Condition()

    @property
    def ahead(self) -> float:
        """The number of seconds by which the clock was moved ahead in total."""
        return self._ahead

    def now(self) -> float:
        """Return the time in seconds since an arbitrary start."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock ahead. Every call of `sleep` returns if its end is at or before the new time.

        Raises:
            ValueError: `seconds` is negative.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds: must not be negative, got {seconds}")
        with self._moved:
            self._ahead += seconds
            self._moved.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait until this clock has advanced by `seconds`."""
        end = self.now() + seconds
        with self._moved:
            while (left := end - self.now()) > 0:
                self._moved.wait(left)
