"""Path of the settings file."""

from collections.abc import Mapping
from pathlib import Path

FILE_VARIABLE = "ENVIRONMENTS_FILE"
"""The environment variable that names another settings file."""

SETTINGS_FILE = Path(__file__).resolve().parents[1] / "environments.toml"
"""The project's own settings file."""


def settings_file(variables: Mapping[str, str]) -> Path:
    """Return the settings file that the user's environment variables name. The default is the project's own file."""
    return Path(variables.get(FILE_VARIABLE) or SETTINGS_FILE)
