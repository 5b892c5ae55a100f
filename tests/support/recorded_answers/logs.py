"""The logs of a recorded case, in log groups of the local AWS that only this case has.

A request of the session for a log group is sent for the log group of the case. So the local AWS selects the events.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tests.support.recorded_answers.files import Case
from tests.support.recorded_answers.members import filled
from tests.support.recorded_answers.system import NAME, Healthy

SERVICE, BUILD = f"/ecs/{NAME}", f"/aws/codebuild/{NAME}"
WITHOUT_A_GROUP = {"CreateLogGroup", "DescribeLogGroups"}
"""Operations whose `logGroupName` is not that of a log group with events."""

HEALTHY = [
    "[2026-01-01 09:00:00 +0000] [1] [INFO] Starting gunicorn 23.0.0",
    "[2026-01-01 09:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:3000 (1)",
    "[2026-01-01 09:00:00 +0000] [1] [INFO] Using worker: gthread",
    "[2026-01-01 09:00:00 +0000] [7] [INFO] Booting worker with pid: 7",
]
"""The log of the running task, unless the case has another log for it.

https://docs.gunicorn.org/en/stable/run.html
"""


class Groups:
    """The log groups of a case.

    Args:
        case: The case.
    """

    def __init__(self, case: Case) -> None:
        self._prefix = f"recorded/{case.name}"

    def name(self, group: str) -> str:
        """Return the name on the local AWS."""
        return f"{self._prefix}{group}"

    def rename(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        """Note a request, and replace the name of its log group. botocore calls this before each request."""
        context["recorded_request"] = dict(params)
        if model.service_model.service_name != "logs" or model.name in WITHOUT_A_GROUP:
            return
        for member in ("logGroupName", "logGroupIdentifier"):
            if member in params:
                params[member] = self.name(params[member].partition(":log-group:")[2] or params[member])


def written(case: Case, system: Healthy) -> Groups:
    """Write the lines of a case, and return its log groups."""
    groups, client = Groups(case), system.aws.client("logs")
    tasks = dict.fromkeys(_running(case, system), HEALTHY) | case.logs
    build = tasks.pop("build", [])
    streams = {(SERVICE, f"app/app/{filled(id_, system.names)}"): lines for id_, lines in tasks.items()}
    streams[BUILD, system.names["build"].partition(":")[2]] = build
    now = int(time.time() * 1000)
    for group in (SERVICE, BUILD):
        with suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=groups.name(group))
    for (group, stream), lines in streams.items():
        _write(client, groups.name(group), stream, filled(lines, system.names), now)
    return groups


def _running(case: Case, system: Healthy) -> list[str]:
    """Return the ids of the running tasks of a case, as the case names them."""
    recorded = case.answers.get("ecs.DescribeTasks", {"tasks": [{}]})["tasks"]
    running = [each for each in recorded if each.get("lastStatus", "RUNNING") == "RUNNING"]
    return [each.get("taskArn", system.task["taskArn"]).rpartition("/")[2] for each in running]


def _write(client: Any, group: str, stream: str, lines: list[str], now: int) -> None:
    """Write lines as events, one a second, of which the last one is 30 seconds old."""
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        events: list[Mapping[str, Any]] = [
            {"timestamp": now - 30_000 - 1000 * (len(lines) - number), "message": line}
            for number, line in enumerate(lines, 1)
        ]
        if events:
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
