"""Path of the settings file."""

from collections.abc import Mapping
from pathlib import Path

from settings.messages import shown_key

FILE_VARIABLE = "ENVIRONMENTS_FILE"
"""The environment variable that names another settings file."""

SETTINGS_FILE = Path(__file__).resolve().parents[1] / "environments.toml"
"""The project's own settings file."""


def shown(path: Path) -> str:
    """Return the name of the project's own settings file, or the path of another settings file, for messages."""
    return path.name if path == SETTINGS_FILE else shown_key(str(path))


def settings_file(variables: Mapping[str, str]) -> Path:
    """Return the settings file that the user's environment variables name. The default is the project's own file."""
    return Path(variables.get(FILE_VARIABLE) or SETTINGS_FILE)
