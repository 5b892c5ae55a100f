"""The settings of each environment, read from the settings file and validated."""

from settings.arns import KEY_ID
from settings.file import SettingsError, find, load
from settings.image_tags import SIGNATURES, WILDCARD
from settings.model import NAME_LIMIT, REHEARSED_PROVIDER, Settings, paths
from settings.service import ServiceSettings
from settings.tables import (
    CiSettings,
    DatabaseSettings,
    GitHubSettings,
    LogSettings,
    NetworkSettings,
    OperatorSettings,
    PeopleSettings,
    PipelineSettings,
    PushSettings,
    StateSettings,
    ViewerSettings,
)
from settings.values import KEPT_DAYS

__all__ = [
    "KEPT_DAYS",
    "KEY_ID",
    "NAME_LIMIT",
    "REHEARSED_PROVIDER",
    "SIGNATURES",
    "WILDCARD",
    "CiSettings",
    "DatabaseSettings",
    "GitHubSettings",
    "LogSettings",
    "NetworkSettings",
    "OperatorSettings",
    "PeopleSettings",
    "PipelineSettings",
    "PushSettings",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "StateSettings",
    "ViewerSettings",
    "find",
    "load",
    "paths",
]
