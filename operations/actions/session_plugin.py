"""The Session Manager plugin, the program that joins a session. AWS publishes it, and each user installs it.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html
"""

import os
import re
import shutil
import signal
import subprocess

from operations.system.control.sessions import Session
from tools.outside import OutsideError
from tools.toolchain import signals

PROGRAM = "session-manager-plugin"
PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"

RESPONSE = "AWS_SSM_START_SESSION_RESPONSE"
"""The variable with the answer of StartSession. Other users of the machine see arguments, but no variables."""
LAST_WITHOUT_VARIABLE = (1, 2, 497, 0)
"""The last version of the plugin that does not read the variable."""


def require(instead: str) -> None:
    """Raise if the plugin is not installed.

    Args:
        instead: The commands that can help without the plugin, for the error message.

    Raises:
        OutsideError: The plugin is not on the PATH.
    """
    if not shutil.which(PROGRAM):
        raise OutsideError(
            f"{PROGRAM}: not found on the PATH; install it as {PAGE} says. Without the plugin: {instead}"
        )


def join(session: Session) -> int:
    """Join a session as the AWS CLI does, and return the exit code of the plugin.

    The terminal sends Ctrl-C to the plugin, too, which passes it to the container. SIGTERM and SIGHUP end the plugin.

    https://github.com/aws/aws-cli/blob/develop/awscli/customizations/ecs/executecommand.py and
    https://github.com/aws/aws-cli/blob/develop/awscli/customizations/sessionmanager.py

    Raises:
        KeyboardInterrupt: A signal has ended the plugin.
    """
    variables, answer = dict(session.variables), session.answer
    if session.by_variable and _version() > LAST_WITHOUT_VARIABLE:
        variables[RESPONSE], answer = answer, RESPONSE
    arguments = [answer, session.region, "StartSession", session.profile, session.request, session.endpoint]
    running: list[subprocess.Popen[bytes]] = []
    ended_by: list[int] = []

    def end(number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGHUP):
            ended_by.append(number)
            for each in running:
                each.terminate()

    with (
        signals.handled_by(end),
        subprocess.Popen([PROGRAM, *arguments], env={**os.environ, **variables}) as plugin,
    ):
        running.append(plugin)
        if ended_by:
            plugin.terminate()
        code = plugin.wait()
    if ended_by or code == -signal.SIGINT:
        raise KeyboardInterrupt
    return code


def _version() -> tuple[int, ...]:
    """Return the version of the plugin. An unknown version is older than all others."""
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return tuple(map(int, said.split("."))) if re.fullmatch(r"\d+(\.\d+){0,3}", said) else ()
