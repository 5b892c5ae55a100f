"""Tests of `ops scale` on the shared local AWS."""

from pathlib import Path

import pytest

from operations.actions.scale import Scaled
from tests.support.localaws.aws_pipeline import clients
from tests.support.ops.user import User


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("scale", tmp_path, monkeypatch, capsys)


def desired(user: User) -> int:
    [service] = clients().client("ecs").describe_services(cluster=user.name, services=[user.name])["services"]
    return int(service["desiredCount"])


def test_it_sets_the_desired_count(user: User) -> None:
    user.deploy()

    code, out, errors = user.run("2", "--json")

    found = Scaled.model_validate_json(out)
    assert (code, found.before, found.count, desired(user)) == (0, 1, 2, 2)
    assert "scale: sets the desired count of the service from 1 to 2\n" in errors


@pytest.mark.parametrize("count", ["-1", "5001", "many", "1.5", ""])
def test_a_wrong_count_is_refused(count: str, user: User) -> None:
    with pytest.raises(SystemExit):
        user.run(count)

    assert "must be a number from 0 to 5000" in user.capsys.readouterr().err
