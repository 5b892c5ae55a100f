"""The signals that interrupt a program: held while a command must not be left behind, or handed on to it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def heard() -> tuple[int, ...]:
    """Return the signals that interrupt this program: under nohup all but SIGHUP."""
    return tuple(each for each in SIGNALS if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN)


class Held:
    """What interrupts is held while a command starts and while it is ended, lest it be left behind.

    In between the first to interrupt goes through, and then they are held again: no second one gets in before the end.
    """

    def __init__(self) -> None:
        self.holds = True
        self._arrived: list[int] = []
        self._handlers: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}

    def arrive(self, number: int) -> None:
        """Hold a signal, or hand it to the handler that was in place before."""
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

    def let_through(self) -> None:
        self.holds = False
        while self._arrived:
            self.arrive(self._arrived.pop(0))

    def raise_held(self) -> None:
        """To be called when the handlers are back in place."""
        for number in self._arrived:
            signal.raise_signal(number)


@contextmanager
def held() -> Iterator[Held]:
    """Hold the signals for the block, until `let_through` is called; what was held is raised in the end."""
    found = Held()
    try:
        with handled_by(found.arrive):
            yield found
    finally:
        found.raise_held()


@contextmanager
def handled_by(do: Callable[[int], object]) -> Iterator[None]:
    """Call `do` for each signal that arrives in the block, instead of what its handler does.

    Outside of the main thread, no signal arrives.
    """
    numbers = heard() if current_thread() is main_thread() else ()
    handlers = {number: signal.signal(number, lambda number, _: do(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
