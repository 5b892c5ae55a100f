"""Signals that interrupt a program: held back while a command starts and ends, or handled by a function."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

Handler = Callable[[int, FrameType | None], object] | int | None
"""A signal handler as the standard library has it: a function, SIG_DFL or SIG_IGN, or None if Python has not set it."""


def interrupting() -> tuple[int, ...]:
    """Return the signals that interrupt this program. Under nohup, SIGHUP does not interrupt it."""
    return tuple(each for each in SIGNALS if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN)


class DeferredSignals:
    """Signals that are held back while a command starts and while it is ended, so that no command is left running.

    While the command runs, a signal reaches its handler. If the handler raises an exception, further signals are held
    back until the command has ended.
    """

    def __init__(self) -> None:
        self.holds = True
        self._arrived: list[int] = []
        self._handlers: dict[int, Handler] = {number: signal.getsignal(number) for number in SIGNALS}

    def arrive(self, number: int) -> None:
        """Hold a signal back, or pass it to its original handler."""
        handler = self._handlers[number]
        if self.holds:
            self._arrived.append(number)
        elif callable(handler):
            self.holds = True
            handler(number, None)
            self.holds = False
        elif handler == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def release(self) -> None:
        """Pass the signals that were held back, and every later signal, to their handlers."""
        self.holds = False
        while self._arrived:
            self.arrive(self._arrived.pop(0))

    def raise_deferred(self) -> None:
        """Raise the signals that were held back. The original handlers must be in place again."""
        for number in self._arrived:
            signal.raise_signal(number)


@contextmanager
def deferred() -> Iterator[DeferredSignals]:
    """Hold signals back in the block until `release` is called. At the end, raise those that are still held back."""
    found = DeferredSignals()
    try:
        with handled_by(found.arrive):
            yield found
    finally:
        found.raise_deferred()


@contextmanager
def handled_by(do: Callable[[int], object]) -> Iterator[None]:
    """Call `do` for each signal that arrives in the block, in place of its handler.

    Python delivers signals only to the main thread. In another thread, the block runs, but `do` is never called.
    """
    numbers = interrupting() if current_thread() is main_thread() else ()
    handlers = {number: signal.signal(number, lambda number, _: do(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
