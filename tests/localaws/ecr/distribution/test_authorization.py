"""Logins to the registry: only with a password of GetAuthorizationToken, while its key is valid."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import ReadOnlyCredentials
from werkzeug.datastructures import Authorization

from localaws.ecr.distribution import authorization
from localaws.ecr.distribution.authorization import Tokens

KEY = ReadOnlyCredentials("AKIA", "secret", "token")


def _login(user: str, password: str) -> Authorization:
    return Authorization("basic", {"username": user, "password": password})


def test_a_password_identifies_the_caller_who_requested_it() -> None:
    tokens = Tokens({"AKIA": KEY}.get)
    password, _ = tokens.issue("AKIA", "eu-west-1")

    assert tokens.caller(_login("AWS", password)) == (KEY, "eu-west-1")


def test_other_logins_are_refused() -> None:
    tokens = Tokens({"AKIA": KEY}.get)
    password, _ = tokens.issue("AKIA", "eu-west-1")

    wrong = [_login("root", password), _login("AWS", "guessed"), _login("AWS", ""), _login("AWS", password[:-1])]
    assert [tokens.caller(each) for each in (None, Authorization("bearer", token=password), *wrong)] == [None] * 6


def test_a_password_ends_with_its_session() -> None:
    keys = {"AKIA": KEY}
    tokens = Tokens(keys.get)
    password, _ = tokens.issue("AKIA", "eu-west-1")
    del keys["AKIA"]

    assert tokens.caller(_login("AWS", password)) is None


def test_a_password_is_valid_for_twelve_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens({"AKIA": KEY}.get)
    password, expires = tokens.issue("AKIA", "eu-west-1")

    assert abs(expires - datetime.now(UTC) - timedelta(hours=12)) < timedelta(minutes=1)
    monkeypatch.setattr(authorization, "LIFETIME", timedelta(seconds=-1))
    expired, _ = tokens.issue("AKIA", "eu-west-1")
    assert [tokens.caller(_login("AWS", each)) is None for each in (password, expired)] == [False, True]


def test_expired_passwords_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens({"AKIA": KEY}.get)
    tokens.issue("AKIA", "eu-west-1")
    with monkeypatch.context() as patch:
        patch.setattr(authorization, "LIFETIME", timedelta(seconds=-1))
        for _ in range(3):
            tokens.issue("AKIA", "eu-west-1")

    tokens.issue("AKIA", "eu-west-1")

    assert len(tokens._logins) == 2
