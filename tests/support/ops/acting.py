"""The commands of `ops` that change an environment: their calls for tests, and interruptions of these calls."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from random import Random

from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS, clients, until
from tests.support.ops.user import User
from tests.support.synthesized import ROOT

Words = tuple[str, ...]
"""The name of a command, and its options."""

COMMANDS: list[Words] = [
    ("scale", "2"),
    ("stop-task", "{task}"),
    ("disable-deploys", "--reason", "a freeze"),
    ("enable-deploys",),
    ("redeploy",),
    ("run", "--", "true"),
    ("rollback", "--to", "{image}"),
]
"""A call of each command that changes the environment, except those that need the Session Manager plugin.

`{task}` is the id of the newest task, and `{image}` the digest of the newest image that ran and does not run now.
"""


def disable(dev: Deployed) -> None:
    """Disable the transition into the stage that deploys."""
    stage = {"pipelineName": dev.name, "stageName": "Deploy", "transitionType": "Inbound", "reason": "a freeze"}
    clients().client("codepipeline").disable_stage_transition(**stage)


def idle(dev: Deployed) -> None:
    """Wait until no execution and no deployment is in progress."""
    for execution in dev.executions():
        dev.over(execution["pipelineExecutionId"])
    until(lambda: dev.service()["deployments"][0]["rolloutState"] == "COMPLETED")


BEFORE: dict[str, Callable[[Deployed], None]] = {"enable-deploys": disable, "rollback": idle, "redeploy": idle}
"""What a command needs in addition to a service with one task and an enabled transition."""

TRANSITION = "the transition is changed already if the request has reached CodePipeline"
CONTINUES: dict[str, tuple[int, str]] = {
    "scale": (4, "ECS continues to start or stop tasks"),
    "stop-task": (4, "ECS starts another task"),
    "disable-deploys": (1, TRANSITION),
    "enable-deploys": (1, TRANSITION),
    "redeploy": (2, " continues; "),
    "run": (2, "ECS stops the task"),
    "rollback": (4, " continues; "),
}
"""The least number of requests after the announcement, and what a command says if one of them is interrupted."""

AGAIN: dict[str, set[int]] = {"stop-task": {0, 1}}
"""The exit codes of a second call, if it may find nothing to do. All other commands then exit with 0."""


def reset(dev: Deployed) -> None:
    """Give the service one task, and enable the transition into the stage that deploys."""
    stage = {"pipelineName": dev.name, "stageName": "Deploy", "transitionType": "Inbound"}
    clients().client("codepipeline").enable_stage_transition(**stage)
    clients().client("ecs").update_service(cluster=dev.name, service=dev.name, desiredCount=1)


def ready(dev: Deployed, words: Words) -> Words:
    """Prepare the system for a call, and return the call with its values."""
    reset(dev)
    if prepare := BEFORE.get(words[0]):
        prepare(dev)
    [task] = clients().client("ecs").list_tasks(cluster=dev.name, serviceName=dev.name)["taskArns"]
    return tuple(word.format(task=task.rpartition("/")[2], image=_earlier(dev)) for word in words)


def _earlier(dev: Deployed) -> str:
    """Return the digest of the newest image that ran and does not run now."""
    succeeded = [each for each in reversed(dev.executions()) if each["status"] == "Succeeded"]
    ran: list[str] = [revision["revisionId"] for each in succeeded for revision in each.get("sourceRevisions", [])]
    return next(digest for digest in ran if digest not in dev.runs())


PAUSE_SECONDS = 0.1
SLOW = f"""
import runpy, time
from botocore.httpsession import URLLib3Session

def slow(*request, send=URLLib3Session.send):
    time.sleep({PAUSE_SECONDS})
    answer = send(*request)
    time.sleep({PAUSE_SECONDS})
    return answer

URLLib3Session.send = slow
runpy.run_module("operations", run_name="__main__")
"""
"""A program that runs `ops` with a pause before and after each request, so that a signal comes between two steps."""


def interrupted(user: User, *options: str, seed: int, requests: int = 1) -> str:
    """Run the command of the user in a process, and send a signal at a random time after its announcement.

    Args:
        user: The user.
        options: The options of the command.
        seed: Decides about the signal, which is SIGINT or SIGTERM, and about its time.
        requests: The number of requests that the command sends after its announcement, at least.

    Returns:
        Everything that the command has said.

    Raises:
        AssertionError: The command does not end with exactly one message and the exit code 130.
    """
    random = Random(seed)  # noqa: S311 - no secret depends on it
    number = random.choice([signal.SIGINT, signal.SIGTERM])
    delay = random.uniform(0, 2 * PAUSE_SECONDS * requests)
    variables = os.environ | {"ENVIRONMENTS_FILE": str(user.file), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, user.command, "dev", *options],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        text = ""
        while not (line := process.stdout.readline()).startswith(f"{user.command}: "):
            text += line
            assert line, f"the command announces nothing: {text}"
        time.sleep(delay)
        process.send_signal(number)
        text += line + process.communicate(timeout=TIMEOUT_SECONDS)[0]
    assert "Traceback" not in text, text
    assert (process.returncode, text.count("✗")) == (130, 1), (process.returncode, number, delay, text)
    assert text.endswith("✗ interrupted\n"), text
    return text
