"""The Session Manager plugin, the program that joins a session. AWS publishes it, and each user installs it.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html
"""

import os
import shutil
import signal
import subprocess

from operations.system.control.sessions import Session
from tools.outside import OutsideError
from tools.toolchain import signals

PROGRAM = "session-manager-plugin"
PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"


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

    https://github.com/aws/aws-cli/blob/develop/awscli/customizations/ecs/executecommand.py

    Raises:
        KeyboardInterrupt: A signal has ended the plugin.
    """
    arguments = [session.answer, session.region, "StartSession", session.profile, session.request, session.endpoint]
    running: list[subprocess.Popen[bytes]] = []
    ended_by: list[int] = []

    def end(number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGHUP):
            ended_by.append(number)
            for each in running:
                each.terminate()

    with (
        signals.handled_by(end),
        subprocess.Popen([PROGRAM, *arguments], env={**os.environ, **session.variables}) as plugin,
    ):
        running.append(plugin)
        if ended_by:
            plugin.terminate()
        code = plugin.wait()
    if ended_by or code == -signal.SIGINT:
        raise KeyboardInterrupt
    return code
