"""Tests that need the AWS provider are skipped without it, with the reason, or fail where it is required."""

from pathlib import Path

import pytest

from tests.support.provider import install, unavailable


def test_without_a_provider_its_tests_are_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    configuration = tmp_path / "empty.tfrc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}/empty"\n  }}\n}}\n'
    )
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    monkeypatch.delenv("REQUIRE_PROVIDER", raising=False)

    reason = install(tmp_path, lock=tmp_path / "lock")

    assert "Failed to query available provider packages" in reason
    with pytest.raises(pytest.skip.Exception, match=r"^The AWS provider cannot be had: it is not there$"):
        unavailable("it is not there")


def test_where_the_provider_is_required_its_tests_fail_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_PROVIDER", "1")

    with pytest.raises(pytest.fail.Exception, match=r"^The AWS provider cannot be had: it is not there$"):
        unavailable("it is not there")
