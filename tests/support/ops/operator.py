"""A person with the operator role, who runs `ops` in a rehearsed system."""

import subprocess
import sys
from functools import cached_property
from pathlib import Path

from localaws.server import LocalAws
from tests.support.localaws.aws_pipeline import ACCOUNT
from tests.support.localaws.roles import credentials
from tools import toolchain


class Operator:
    """The programs of a person, with a session of the operator role.

    Args:
        aws: The local AWS.
        role: The name of the role.
        settings_file: The settings file.
    """

    def __init__(self, aws: LocalAws, role: str, settings_file: Path) -> None:
        self._aws = aws
        self._role = role
        self._settings_file = settings_file

    @cached_property
    def variables(self) -> dict[str, str]:
        """The environment variables of the person's shell."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{self._role}"
        assumed = self._aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="anna")
        return self._aws.environment(credentials(assumed)) | {"ENVIRONMENTS_FILE": str(self._settings_file)}

    def ops(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `ops`."""
        return subprocess.run(
            [sys.executable, "-m", "operations", *words],
            cwd=toolchain.ROOT,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
