"""Tests of what all commands have in common: no credentials, refused credentials, another region, an empty account."""

from pathlib import Path

import pytest

from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.ops.user import User

pytestmark = pytest.mark.slow

COMMANDS = ["tasks", "images", "history", "secrets"]
"""The commands without tests of their own about these cases."""


@pytest.fixture(params=COMMANDS)
def user(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> User:
    return User.of(request.param, tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("user", [*COMMANDS, "status"], indirect=True)
def test_without_credentials_there_is_one_message(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    code, out, errors = user.run()

    assert (code, out, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("✗ credentials: there are no AWS credentials; log in (`aws sso login`), name a profile")


@pytest.mark.parametrize("user", [*COMMANDS, "status"], indirect=True)
def test_refused_credentials_are_one_message(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")

    code, out, errors = user.run()

    assert (code, out, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("✗ credentials: AWS does not accept the credentials (InvalidClientTokenId); use other")


def test_an_empty_account_is_a_partial_answer(user: User) -> None:
    code, out, errors = user.run()

    assert (code, errors) == (3, "")
    assert "run make deploy ENV=dev" in " ".join(out.split())
    assert "unexpected" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_another_region_is_a_partial_answer(user: User) -> None:
    clients().client("ecs").create_cluster(clusterName=user.name)
    user.settings(region="eu-west-1")

    code, out, errors = user.run()

    assert (code, errors, out.splitlines()[0][-9:]) == (3, "", "eu-west-1")
    assert "unexpected" not in out


def test_a_deployment_in_progress_is_a_whole_answer(user: User, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    dev = user.deploy(buildspec=held_until_there_is(go_on))
    dev.put_image("one")
    dev.start()
    try:
        code, out, errors = user.run()
    finally:
        go_on.touch()

    assert (code, errors) == (0, "")
    assert "not read" not in out
