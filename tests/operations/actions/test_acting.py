"""Tests of the frame of commands that change an environment: the announcement and the approval."""

from collections.abc import Callable

import pytest

from tests.support.localaws.aws_pipeline import clients
from tests.support.ops.terminal import typed, without_terminal
from tests.support.ops.user import User


@pytest.fixture
def user(user_of: Callable[[str], User]) -> User:
    return user_of("scale")


def test_it_says_where_it_acts_and_what_it_will_do(user: User) -> None:
    code, out, errors = user.run("2")

    assert (code, errors) == (0, "")
    assert out.startswith(
        "dev: account 123456789012, region eu-central-1\n"
        "arn:aws:sts::123456789012:user/moto\n\n"
        "scale: sets the desired count of the service from 1 to 2\n"
    )


def test_a_protected_environment_needs_an_approval(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.settings(protect=True)
    without_terminal(monkeypatch)

    code, _, errors = user.run("2")

    message = (
        "dev.protect: ops scale needs an approval in a protected environment, and standard input is not a terminal"
    )
    assert (code, errors) == (1, f"✗ {message}; approve it with --yes\n")
    [service] = clients().client("ecs").describe_services(cluster=user.name, services=[user.name])["services"]
    assert service["desiredCount"] == 1
    for answer in ("n\n", ""):
        typed(monkeypatch, answer)
        assert user.run("2")[::2] == (1, "✗ ops scale was not approved; nothing was changed\n")
    typed(monkeypatch, "y\n")
    assert user.run("2")[0] == 0
    without_terminal(monkeypatch)
    assert user.run("1", "--yes")[0] == 0
