"""What the tests of acting commands share: one system, which each test gets with one task and enabled transitions."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.support.images.deployed import Deployed
from tests.support.ops.acting import reset
from tests.support.ops.one_off import with_network
from tests.support.ops.user import User

NAME = "acting-dev"


@cache
def _system() -> Deployed:
    made = with_network(NAME)
    made.deliver(b"two")
    return made


@pytest.fixture
def dev() -> Deployed:
    """The system of all tests in this folder that need no other system."""
    made = _system()
    reset(made)
    return made


@pytest.fixture
def user_of(
    dev: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], User]:
    """A function that returns a user of a command in this system."""
    return lambda command: User.of(command, tmp_path, monkeypatch, capsys, dev.name)
