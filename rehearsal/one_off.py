"""A command in a one-off task, which the user's program `ops run` starts."""

from rehearsal.deployment import Deployment
from rehearsal.system import expect

COMMAND = 'echo "$DB_NAME"; test -n "$DB_PASSWORD" && exit 3'
"""A command that has another exit code without the secret."""


def run(deployment: Deployment) -> str:
    """Run a command in a task of the running revision, and return what the program says at its end.

    Raises:
        CheckError: The output or the exit code is not that of the command.
    """
    ended = deployment.ops("run", "--", "sh", "-c", COMMAND)
    said = ended.stderr.splitlines() or [""]
    expect(f"the end of ops run ({said[-1]})", (ended.returncode, ended.stdout), (3, f"{_database(deployment)}\n"))
    return said[-1]


def _database(deployment: Deployment) -> str:
    return next(each["value"] for each in deployment.system.container()["environment"] if each["name"] == "DB_NAME")
