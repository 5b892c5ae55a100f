"""Standard input at a terminal, and without one, for commands that ask for an approval."""

import io
import sys

import pytest


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def without_terminal(patch: pytest.MonkeyPatch) -> None:
    """Let standard input be empty, and no terminal."""
    patch.setattr(sys, "stdin", io.StringIO())


def typed(patch: pytest.MonkeyPatch, text: str) -> None:
    """Let standard input be a terminal at which a user types a text. Without a text, the user presses Ctrl-D."""
    patch.setattr(sys, "stdin", _Terminal(text))
