"""The log stream of a build in CloudWatch Logs.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CloudWatchLogsConfig.html
"""

import logging
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from localaws.codebuild.progress import Log, PhaseFailedError
from localaws.iam.roles import AssumedRole
from localaws.json_types import JsonObject

_EVENTS_A_CALL = 1000


class LogStream:
    """The log stream of one build. The methods do nothing if the project disables its logs."""

    def __init__(self, project: JsonObject, build_arn: str) -> None:
        config = project.get("logsConfig", {}).get("cloudWatchLogs", {})
        self.group = str(config.get("groupName") or f"/aws/codebuild/{project['name']}")
        self.name = "/".join(filter(None, [config.get("streamName"), build_arn.rpartition(":")[2]]))
        self._build_arn = build_arn
        self._enabled = config.get("status", "ENABLED") == "ENABLED"

    def create(self, role: AssumedRole) -> None:
        """Create the log stream, and its log group if the group does not exist.

        Raises:
            PhaseFailedError: The role lacks a permission.
        """
        if not self._enabled:
            return
        logs, stream = role.client("logs"), {"logGroupName": self.group, "logStreamName": self.name}
        try:
            try:
                logs.create_log_stream(**stream)
            except logs.exceptions.ResourceNotFoundException:
                logs.create_log_group(logGroupName=self.group)
                logs.create_log_stream(**stream)
        except ClientError as error:
            raise PhaseFailedError(
                "ACCESS_DENIED",
                f"Service role {role.arn} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams "
                f"for build {self._build_arn}. Error message: {error.response['Error']['Message']}",
            ) from None

    def send(self, role: AssumedRole, log: Log) -> None:
        """Send a log to the log stream, one event for each line. An AWS error is logged and does not fail the build."""
        if not self._enabled:
            return
        now = int(datetime.now(UTC).timestamp() * 1000)
        events = [{"timestamp": now, "message": line} for line in log.lines()]
        try:
            for start in range(0, len(events), _EVENTS_A_CALL):
                role.client("logs").put_log_events(
                    logGroupName=self.group, logStreamName=self.name, logEvents=events[start : start + _EVENTS_A_CALL]
                )
        except ClientError as error:
            logging.warning("%s: the log was not sent: %s", self._build_arn, error)
