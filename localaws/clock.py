"""The time by which the local AWS waits, which tests and rehearsals move ahead.

Only waits follow it. Timestamps and signatures have the time of this machine.
"""

import threading
import time


class Clock:
    """A clock that runs as real time does, and can be moved ahead."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved = threading.Condition()

    @property
    def ahead(self) -> float:
        """How many seconds the clock was moved."""
        return self._ahead

    def now(self) -> float:
        """Return the seconds of this clock, to compare with each other."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock; every wait whose time has come ends.

        Raises:
            ValueError: The clock would go back.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds: must not be negative, got {seconds}")
        with self._moved:
            self._ahead += seconds
            self._moved.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait for seconds of this clock."""
        end = self.now() + seconds
        with self._moved:
            while (left := end - self.now()) > 0:
                self._moved.wait(left)
