"""What a user may set, read from environments.toml and refused early, in the user's words."""

from settings.file import SettingsError, find, load
from settings.model import (
    NAME_LIMIT,
    CiSettings,
    DatabaseSettings,
    LogSettings,
    NetworkSettings,
    ServiceSettings,
    Settings,
    StateSettings,
    paths,
)
from settings.values import KEPT_DAYS, KEY_ID

__all__ = [
    "KEPT_DAYS",
    "KEY_ID",
    "NAME_LIMIT",
    "CiSettings",
    "DatabaseSettings",
    "LogSettings",
    "NetworkSettings",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "StateSettings",
    "find",
    "load",
    "paths",
]
