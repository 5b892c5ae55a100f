"""Interruptions of the commands that change an environment: the next call finishes the change, or reports it."""

import re
from collections.abc import Callable

import pytest

from tests.support.images.deployed import Deployed
from tests.support.ops.acting import AGAIN, COMMANDS, CONTINUES, Words, interrupted, ready
from tests.support.ops.user import User
from tests.support.profile import THOROUGH

pytestmark = pytest.mark.slow


SEEDS = 10 if THOROUGH else 1
"""The number of interruptions of each command."""


@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
def test_the_next_call_finishes_or_reports(words: Words, user_of: Callable[[str], User], dev: Deployed) -> None:
    requests, consequence = CONTINUES[words[0]]
    for seed in range(SEEDS):
        name, *options = ready(dev, words)
        user = user_of(name)

        text = interrupted(user, *options, seed=SEEDS * COMMANDS.index(words) + seed, requests=requests)

        assert re.search(consequence, text), text
        code, _, errors = user.run(*options)
        assert code in AGAIN.get(name, {0}), errors
