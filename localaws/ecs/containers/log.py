"""The log stream of a container with the log driver `awslogs`.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from localaws.iam.roles import AssumedRole
from localaws.json_types import JsonObject


class ContainerLog:
    """The log stream of one container. The methods do nothing if the log driver is not `awslogs`.

    Args:
        role: The execution role of the task.
        container: The container definition.
        task_id: The id of the task.
    """

    def __init__(self, role: AssumedRole, container: JsonObject, task_id: str) -> None:
        self._role = role
        self._stream = _stream(container, task_id)

    def create(self) -> None:
        """Create the log stream.

        Raises:
            ClientError: The log group does not exist, or IAM denies the request.
        """
        if self._stream:
            self._role.client("logs").create_log_stream(**self._stream)

    def write(self, lines: Iterable[str]) -> None:
        """Write lines, one event for each line. The log driver drops empty lines.

        A failure to write is logged, because on AWS it does not stop the container.

        https://github.com/moby/moby/blob/master/daemon/logger/awslogs/cloudwatchlogs.go
        """
        now = int(datetime.now(UTC).timestamp() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines if line]
        if not self._stream or not events:
            return
        try:
            self._role.client("logs").put_log_events(**self._stream, logEvents=events)
        except ClientError as error:
            logging.warning("%s: the log events were not written: %s", self._stream["logStreamName"], error)


def _stream(container: JsonObject, task_id: str) -> dict[str, str]:
    config = container.get("logConfiguration", {})
    if config.get("logDriver") != "awslogs":
        return {}
    prefix = config["options"].get("awslogs-stream-prefix", "ecs")
    return {
        "logGroupName": config["options"]["awslogs-group"],
        "logStreamName": f"{prefix}/{container['name']}/{task_id}",
    }
