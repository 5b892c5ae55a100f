"""The logs of an environment: which streams have them, and the last events of a task or a build."""

from dataclasses import dataclass

from operations.system import database, definitions
from operations.system.access import Access
from operations.system.executions import Executions
from operations.system.logs.events import Event, Logs
from operations.system.logs.streams import Stream, Streams, of_build, of_database, of_project
from operations.system.tasks import Task
from tools.outside import OutsideError


@dataclass(frozen=True)
class LogSources:
    """The logs of one environment. The methods raise ClientError for requests that AWS refuses."""

    access: Access
    executions: Executions
    logs: Logs

    def service(self) -> Streams:
        """Return the log streams of the container in the newest deployment.

        Raises:
            NotDeployedError: The service does not exist.
            OutsideError: The container writes no logs to CloudWatch.
        """
        return self._logging(self._of_container(self.access.service()["taskDefinition"]), "container")

    def builds(self) -> Streams:
        """Return the log streams of the builds.

        Raises:
            NotDeployedError: The pipeline does not exist.
            OutsideError: The builds write no logs to CloudWatch.
        """
        with self.access.deployed():
            projects = self.executions.build_projects()
        codebuild = self.access.client("codebuild")
        found = [streams for project in projects if (streams := of_project(codebuild, project))]
        return self._logging(next(iter(found), None), "build project")

    def database(self) -> Streams:
        """Return the log streams of the database.

        Raises:
            NotDeployedError: The database does not exist.
            OutsideError: The database exports no logs to CloudWatch.
        """
        settings = self.access.settings
        exported = database.exported_logs(self.access.client("rds"), settings)
        streams = of_database(settings.name, self.access.existing(exported, f"database {settings.name}"))
        return self._logging(next(iter(streams), None), "database")

    def of_task(self, task: Task) -> Stream | None:
        """Return the log stream of the container of a task, or None if the container writes no logs to CloudWatch."""
        streams = self._of_container(task.revision)
        return streams.stream(task.id) if streams else None

    def last_of_task(self, task: Task, count: int) -> list[Event]:
        """Return the last log events of the container of a task. If it has no logs, return an empty list."""
        stream = self.of_task(task)
        return self.logs.last(stream, count) if stream else []

    def last_of_build(self, build: str, count: int) -> list[Event]:
        """Return the last log events of a build. If it has no logs, return an empty list."""
        stream = of_build(self.access.client("codebuild"), build)
        return self.logs.last(stream, count) if stream else []

    def _of_container(self, revision: str) -> Streams | None:
        return definitions.find(self.access.client("ecs"), revision, self.access.settings.service.container_name).logs

    def _logging(self, found: Streams | None, what: str) -> Streams:
        if found is None:
            name = self.access.name
            raise OutsideError(f"{name}: the {what} writes no logs to CloudWatch; run make diff ENV={name}")
        return found
