"""The clock for the waits of the local AWS, which tests and rehearsals move ahead.

Timestamps and signatures have the real time.
"""

import threading
import time


class Clock:
    """A clock that runs in real time, and can be moved ahead."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._moved = threading.Condition()

    @property
    def ahead(self) -> float:
        """The seconds by which the clock was moved."""
        return self._ahead

    def now(self) -> float:
        """Return the time in seconds since an arbitrary start."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock ahead, which ends every wait that is over by then.

        Raises:
            ValueError: `seconds` is negative.
        """
        if not seconds >= 0:
            raise ValueError(f"seconds: must not be negative, got {seconds}")
        with self._moved:
            self._ahead += seconds
            self._moved.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait, in seconds of this clock."""
        end = self.now() + seconds
        with self._moved:
            while (left := end - self.now()) > 0:
                self._moved.wait(left)
