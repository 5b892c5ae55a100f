"""Where the settings file is."""

from pathlib import Path

import pytest

from settings.location import settings_file
from tests.support.synthesized import ROOT


@pytest.mark.parametrize("variables", [{}, {"ENVIRONMENTS_FILE": ""}])
def test_the_settings_file_is_the_projects_own(variables: dict[str, str]) -> None:
    assert settings_file(variables) == ROOT / "environments.toml"


def test_a_variable_names_another_settings_file() -> None:
    assert settings_file({"ENVIRONMENTS_FILE": "other/file.toml"}) == Path("other/file.toml")
