"""The log streams of containers, builds and databases, as their AWS services name the streams."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_codebuild import CodeBuildClient
    from types_boto3_ecs.type_defs import TaskDefinitionTypeDef


@dataclass(frozen=True)
class Stream:
    """A log stream."""

    group: str
    name: str


@dataclass(frozen=True)
class Streams:
    """The log streams of a part of an environment."""

    group: str
    prefix: str = ""
    """The first characters of the names of the streams. If it is empty, these are all streams of the group."""

    def stream(self, of: str) -> Stream:
        """Return the stream of a task or a build, which has its id."""
        return Stream(self.group, f"{self.prefix}{of}")


def of_container(definition: "TaskDefinitionTypeDef", container: str) -> Streams | None:
    """Return the log streams of a container, or None if its log driver is not `awslogs`.

    The name of a stream is `prefix/container/task`.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html

    Args:
        definition: The task definition.
        container: The name of the container.
    """
    for each in definition["containerDefinitions"]:
        config = each.get("logConfiguration")
        if each["name"] == container and config and config["logDriver"] == "awslogs":
            options = config.get("options", {})
            prefix = options.get("awslogs-stream-prefix")
            return Streams(options["awslogs-group"], f"{prefix}/{container}/" if prefix else "")
    return None


def of_project(codebuild: "CodeBuildClient", project: str) -> Streams | None:
    """Return the log streams of the builds of a project, or None if it does not exist, or writes no logs to CloudWatch.

    The default of the log group is documented, and the stream of a build has the id of the build.
    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CloudWatchLogsConfig.html
    """
    for found in codebuild.batch_get_projects(names=[project])["projects"]:
        config = found.get("logsConfig", {}).get("cloudWatchLogs")
        if not config or config["status"] == "ENABLED":
            stream = config.get("streamName") if config else None
            group = config.get("groupName") if config else None
            return Streams(group or f"/aws/codebuild/{project}", f"{stream}/" if stream else "")
    return None


def of_build(codebuild: "CodeBuildClient", build: str) -> Stream | None:
    """Return the log stream of a build, or None if the build does not exist, or has written nothing to CloudWatch.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_LogsLocation.html
    """
    for found in codebuild.batch_get_builds(ids=[build])["builds"]:
        logs = found.get("logs", {})
        if "groupName" in logs and "streamName" in logs:
            return Stream(logs["groupName"], logs["streamName"])
    return None


def of_database(instance: str, exported: list[str]) -> list[Streams]:
    """Return the log streams of a database instance, one for each log that RDS exports to CloudWatch.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.PublishtoCloudWatchLogs.html
    """
    return [Streams(f"/aws/rds/instance/{instance}/{log}") for log in exported]
