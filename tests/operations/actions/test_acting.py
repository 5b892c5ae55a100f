"""Tests of the frame of commands that change an environment: the announcement and the approval."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import clients
from tests.support.ops.acting import COMMANDS, Words, ready
from tests.support.ops.terminal import typed, without_terminal
from tests.support.ops.user import User

EACH = pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
REFUSED = {"run": 125}
"""The exit code of a refusal, if it is not 1."""


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


@EACH
def test_no_command_acts_without_an_approval(
    words: Words, user_of: Callable[[str], User], dev: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *options = ready(dev, words)
    user = user_of(name)
    user.settings(protect=True)
    without_terminal(monkeypatch)
    before = state(dev)

    code, _, errors = user.run(*options)

    assert (code, state(dev)) == (REFUSED.get(name, 1), before)
    assert f"✗ dev.protect: ops {name} needs an approval in a protected environment" in errors
    assert errors.endswith("; approve it with --yes\n")


def state(dev: Deployed) -> list[Any]:
    """Return what the commands change: deployments, tasks, transitions and executions."""
    tasks = clients().client("ecs").list_tasks(cluster=dev.name)["taskArns"]
    stages = clients().client("codepipeline").get_pipeline_state(name=dev.name)["stageStates"]
    transitions = [each["inboundTransitionState"] for each in stages]
    service = dev.service()
    return [service["desiredCount"], service["deployments"][0]["id"], tasks, transitions, len(dev.executions())]


@EACH
def test_an_environment_that_is_not_deployed_is_named(
    words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = (word.format(task="ab12", image=f"sha256:{64 * 'a'}") for word in words)

    code, out, errors = User.of(name, tmp_path, monkeypatch, capsys).run(*options)

    assert (code, errors.count("✗")) == (REFUSED.get(name, 1), 1)
    assert f"{name}: " not in out
    assert errors.endswith("; run make deploy ENV=dev\n")
