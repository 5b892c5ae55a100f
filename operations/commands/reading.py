"""Reading: the parts of an environment that a command reads, and those that it could not read."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from operations import command, reasons
from operations.command import ERRORS
from operations.commands.answer import NotRead
from operations.preflight import credentials
from operations.sessions import Caller
from operations.system.deployed import DeployedEnvironment
from operations.wait import together
from settings import Settings
from settings.names import PEOPLE, role_name

SECONDS = 30.0
"""The time for the parts that are read at the same time. A part that takes longer is reported as not read."""


class Reading:
    """One look at an environment with the credentials of the caller."""

    def __init__(self, settings: Settings, caller: Caller) -> None:
        self.settings = settings
        self.caller = caller
        self.deployed = DeployedEnvironment(settings, caller.client)
        self.not_read: list[NotRead] = []

    @classmethod
    def begin(cls, environment: str, name: str) -> "Reading":
        """Identify the caller, and begin a look at an environment.

        Args:
            environment: The name of the environment.
            name: The name of the command, for the role session, which CloudTrail shows.

        Raises:
            OutsideError: The credentials cannot be used.
            SettingsError: The settings have an error, or lack the environment.
        """
        settings = command.settings(environment)
        with ERRORS.status("asking AWS who the caller is"):
            caller = _person(settings, name) or credentials.require(settings, name)
        return cls(settings, caller)

    def again(self) -> "Reading":
        """Return another look at the same environment, in which no part is missing yet."""
        other = copy.copy(self)
        other.not_read = []
        return other

    def parts(self, jobs: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Read parts at the same time, and return those that could be read. The others are in `not_read`."""
        answers = together(jobs, SECONDS)
        errors = {part: each for part, each in answers.items() if isinstance(each, Exception)}
        for part, error in errors.items():
            self.miss(part, reasons.reason(error))
        return {part: each for part, each in answers.items() if part not in errors}

    def miss(self, part: str, reason: str) -> None:
        """Note that a part is missing, and why."""
        self.not_read.append(NotRead(part=part, reason=reason))

    @property
    def source(self) -> dict[str, Any]:
        """The members of `SystemAnswer`."""
        return {
            "environment": self.settings.environment,
            "region": self.settings.region,
            "account": self.caller.account,
            "caller": self.caller.arn,
            "not_read": self.not_read,
        }


def _person(settings: Settings, name: str) -> Caller | None:
    """Return the caller if it has a role for people. Such a role cannot assume the role in `role_arn`."""
    if not (settings.role_arn and (settings.viewer or settings.operator)):
        return None
    own = credentials.require(settings.model_copy(update={"role_arn": None, "account_id": None}), name)
    roles = (role_name(settings.name, each) for each in PEOPLE)
    if not any(f":assumed-role/{role}/" in own.arn for role in roles):
        return None
    return credentials.require(settings.model_copy(update={"role_arn": None}), name)
