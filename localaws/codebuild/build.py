r"""Builds of CodeBuild projects. A build runs its commands in a real shell, in an empty folder.

A build does not use the image of the project. It uses the `sh` or `bash` of this machine, and the programs on the PATH.
So a command may behave differently than in the image. For example, `echo` turns `\n` into a line break if `sh` is dash
(Debian, Ubuntu), but not if `sh` is bash (Amazon Linux).

https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details.html#view-build-details-phases
"""

import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from botocore.exceptions import ClientError

from localaws.codebuild import buildspec, environment_variables, output_artifacts, phases
from localaws.codebuild.buildspec import Buildspec
from localaws.codebuild.log_stream import LogStream
from localaws.codebuild.progress import Log, PhaseFailedError, Phases
from localaws.codebuild.shell import Shell, TimedOutError
from localaws.codepipeline.artifacts import get_zip, put_zip
from localaws.codepipeline.execution import ArtifactLocation
from localaws.iam.roles import CODEBUILD, AssumedRole, AssumeRoleError, Aws
from localaws.json_types import JsonObject

SECONDS_A_MINUTE = 60


class Build:
    """One build of a project, with the request of StartBuild."""

    def __init__(self, aws: Aws, *, arn: str, number: int, request: JsonObject) -> None:
        self.arn = arn
        self.id = arn.partition(":build/")[2]
        self.number = number
        self.request = request
        self.started = datetime.now(UTC)
        self.ended: datetime | None = None
        self.status = "IN_PROGRESS"
        self.project: JsonObject = {}
        self.phases = Phases()
        self.log_stream: LogStream | None = None
        self.exported: dict[str, str] = {}
        self._aws = aws

    def run(self) -> None:
        """Run the build to its end, and set its status. The status is FAULT if the local AWS fails."""
        try:
            self._go_through_phases()
            self.status = self.phases.status
        except PhaseFailedError:
            self.status = self.phases.status
        except TimedOutError:
            self.status = "TIMED_OUT"
        except Exception:
            logging.exception("build %s: the local AWS failed", self.id)
            self.status = "FAULT"
        self.ended = datetime.now(UTC)

    def _go_through_phases(self) -> None:
        with self.phases.enter("SUBMITTED"):
            projects = self._aws.client("codebuild").batch_get_projects(names=[self.request["projectName"]])["projects"]
            self.project = projects[0]
            role = self._role()
            self.log_stream = stream = LogStream(self.project, self.arn)
            stream.create(role)
        for name in ("QUEUED", "PROVISIONING"):
            with self.phases.enter(name):
                pass
        with TemporaryDirectory(prefix="codebuild-") as folder:
            self.phases.log = log = Log(Path(folder) / "log")
            try:
                self._build(role, Path(folder), log)
            finally:
                with self.phases.enter("FINALIZING"):
                    pass
                stream.send(role, log)

    def _role(self) -> AssumedRole:
        try:
            return self._aws.assume_role(self.project["serviceRole"], CODEBUILD)
        except AssumeRoleError as refusal:
            raise PhaseFailedError("ACCESS_DENIED", str(refusal)) from None

    def _build(self, role: AssumedRole, folder: Path, log: Log) -> None:
        source = folder / "src"
        source.mkdir()
        with self.phases.enter("DOWNLOAD_SOURCE"):
            self._download(role, source)
            spec = self._buildspec(source)
            declared = self.project["environment"].get("environmentVariables", [])
            overrides = self.request.get("environmentVariablesOverride", [])
            values = environment_variables.variables(role, spec, declared, overrides) | self._aws_variables(
                folder, source
            )
        shell = Shell(spec.shell, folder=folder, start_in=source, environment=values, log=log.path)
        timer = threading.Timer(SECONDS_A_MINUTE * self.project["timeoutInMinutes"], shell.time_out)
        timer.start()
        try:
            phases.run(spec, shell, self.phases, log)
            with self.phases.enter("UPLOAD_ARTIFACTS"):
                self.exported = phases.exported(spec, shell, folder / "value")
                self._upload(role, spec, source, log)
        finally:
            timer.cancel()
            shell.end()

    def _download(self, role: AssumedRole, source: Path) -> None:
        location = self.request.get("sourceLocationOverride")
        if not location:
            return
        bucket, _, key = location.partition("/")
        try:
            get_zip(role, ArtifactLocation(bucket, key)).extractall(source)
        except ClientError as error:
            message = "{Code}: {Message}".format(**error.response["Error"])
            raise PhaseFailedError(
                "CLIENT_ERROR", f"{message} for primary source and source version arn:aws:s3:::{location}"
            ) from None

    def _buildspec(self, source: Path) -> Buildspec:
        text = self.project["source"].get("buildspec") or "buildspec.yml"
        if not buildspec.is_inline(text):
            path = source / text
            if not path.is_file():
                raise PhaseFailedError("YAML_FILE_ERROR", f"stat {path}: no such file or directory")
            text = path.read_text()
        try:
            return buildspec.parse(text)
        except buildspec.BuildspecError as error:
            raise PhaseFailedError("YAML_FILE_ERROR", str(error)) from None

    def _aws_variables(self, folder: Path, source: Path) -> dict[str, str]:
        """Return the variables that AWS sets. HOME is the folder of the build; on AWS, it is `/root`."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "AWS_REGION": self._aws.region,
            "AWS_DEFAULT_REGION": self._aws.region,
            "CODEBUILD_BUILD_ARN": self.arn,
            "CODEBUILD_BUILD_ID": self.id,
            "CODEBUILD_BUILD_IMAGE": self.project["environment"]["image"],
            "CODEBUILD_BUILD_NUMBER": str(self.number),
            "CODEBUILD_BUILD_SUCCEEDING": "1",
            "CODEBUILD_KMS_KEY_ID": self.request.get("encryptionKeyOverride", self.project["encryptionKey"]),
            "CODEBUILD_LOG_PATH": self.log_stream.name if self.log_stream else "",
            "CODEBUILD_PROJECT_ARN": self.project["arn"],
            "CODEBUILD_SOURCE_VERSION": f"arn:aws:s3:::{self.request.get('sourceLocationOverride', '')}",
            "CODEBUILD_SRC_DIR": str(source),
            "CODEBUILD_START_TIME": str(int(self.started.timestamp() * 1000)),
        }

    def _upload(self, role: AssumedRole, spec: Buildspec, source: Path, log: Log) -> None:
        output = self.request.get("artifactsOverride")
        if output and spec.artifacts:
            files = output_artifacts.collect(spec.artifacts, source, log)
            key = self.request.get("encryptionKeyOverride")
            put_zip(role, ArtifactLocation(output["location"], output["name"]), files, kms_key=key)
