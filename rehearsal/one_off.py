"""A command in a one-off task, which the user's program `ops run` starts."""

import subprocess
import sys

from rehearsal.deployment import Deployment
from rehearsal.system import expect
from settings.location import FILE_VARIABLE
from tools import toolchain

COMMAND = 'echo "$DB_NAME"; test -n "$DB_PASSWORD" && exit 3'
"""A command that has another exit code without the secret."""


def run(deployment: Deployment) -> str:
    """Run a command in a task of the running revision, and return what the program says at its end.

    Raises:
        CheckError: The output or the exit code is not that of the command.
    """
    environment = deployment.settings.environment
    ended = subprocess.run(
        [sys.executable, "-m", "operations", "run", environment, "--yes", "--", "sh", "-c", COMMAND],
        cwd=toolchain.ROOT,
        env=deployment.aws.environment() | {FILE_VARIABLE: str(deployment.settings_file)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = ended.stderr.splitlines() or [""]
    expect(f"the end of ops run ({said[-1]})", (ended.returncode, ended.stdout), (3, f"{_database(deployment)}\n"))
    return said[-1]


def _database(deployment: Deployment) -> str:
    return next(each["value"] for each in deployment.system.container()["environment"] if each["name"] == "DB_NAME")
