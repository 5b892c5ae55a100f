"""The operator role under its own session: every command that acts works, and each permission is needed.

The policies are those of the synthesized stack. The system has the names of the stacks, so a wrong ARN is a denial.
"""

from collections.abc import Iterator

import pytest

from tests.support.images.deployed import Deployed, deployed
from tests.support.ops.acting import COMMANDS, ready
from tests.support.ops.people import Person, documented, missing, person

pytestmark = pytest.mark.slow

APP = "operator"


@pytest.fixture(scope="module")
def dev() -> Deployed:
    made = deployed(f"{APP}-dev")
    made.deliver(b"one")
    return made


@pytest.fixture(scope="module")
def operator(dev: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """A person with a session of the operator role."""
    assert dev.name == f"{APP}-dev"
    with person("operator", APP, tmp_path_factory.mktemp("operator")) as made:
        yield made


def test_every_command_works_and_each_permission_is_needed(
    operator: Person, dev: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checked: set[str] = set()
    for words in COMMANDS:
        filled = ready(dev, words)
        code, said = operator.run(filled, monkeypatch, capsys)
        assert (code, missing(said)) == (0, set()), (words, said)
        for action in sorted(operator.used[filled] - checked):
            operator.allow(without=action)
            code, said = operator.run(ready(dev, words), monkeypatch, capsys)
            assert (code, missing(said)) == (1, {action}), (words, action, said)
            checked.add(action)
        operator.allow()

    assert checked - operator.actions("viewer") == operator.actions("operator") - operator.actions("viewer")


def test_the_policy_has_the_documented_actions(operator: Person) -> None:
    changes = operator.actions("operator") - operator.actions("viewer")

    assert documented("## Change a running system") == changes
