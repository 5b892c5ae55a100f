"""The build step that writes the file which the ECS deploy action wants."""

import json
from typing import NamedTuple

from cdktf_cdktf_provider_aws.codebuild_project import (
    CodebuildProject,
    CodebuildProjectArtifacts,
    CodebuildProjectEnvironment,
    CodebuildProjectEnvironmentEnvironmentVariable,
    CodebuildProjectLogsConfig,
    CodebuildProjectLogsConfigCloudwatchLogs,
    CodebuildProjectSource,
)
from constructs import Construct

from modules.delivery.artifacts import ArtifactBucket
from modules.iam import Role
from modules.log_group import LogGroup
from modules.repository import Repository
from modules.service import Service

FILE = "imagedefinitions.json"


class _Compute(NamedTuple):
    type: str
    compute_type: str
    image: str
    build_minutes: int
    queued_minutes: int | None


# On Lambda compute CodeBuild refuses a time-out of the queue, and ends a build after 15 minutes, whatever is sent.
# https://docs.aws.amazon.com/codebuild/latest/userguide/lambda.html#lambda.limitations
COMPUTES = {
    "EC2": _Compute(
        type="LINUX_CONTAINER",
        compute_type="BUILD_GENERAL1_SMALL",
        image="aws/codebuild/amazonlinux-x86_64-standard:6.0",
        build_minutes=5,
        queued_minutes=30,
    ),
    "LAMBDA": _Compute(
        type="LINUX_LAMBDA_CONTAINER",
        compute_type="BUILD_LAMBDA_1GB",
        image="aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs22",
        build_minutes=15,
        queued_minutes=None,
    ),
}

# The shell must see the values, so the command names variables and nothing else: a reference written into it would
# be shipped as the text of a reference wherever Terraform does not resolve it.
BUILDSPEC = {
    "version": 0.2,
    "phases": {
        "build": {
            "commands": [f'echo "[{{\\"name\\":\\"$CONTAINER_NAME\\",\\"imageUri\\":\\"$REPOSITORY_URI\\"}}]" > {FILE}']
        }
    },
    "artifacts": {"files": [FILE]},
}


class ImageDefinitions(Construct):
    """A CodeBuild project that echoes `CONTAINER_NAME` and `REPOSITORY_URI` into `imagedefinitions.json`.

    On EC2 compute it has 5 minutes for that, after 30 in the queue at most; on Lambda compute it has 15. It has no
    Docker. The file is written into CODEBUILD_SRC_DIR, which is below /tmp on Lambda compute: a build can write only
    there.

    Terraform resolves the repository's URL into the project's variable. The role has no right on the repository: the
    build neither pulls nor pushes, and pushes are noticed by EventBridge.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#pipelines-create-image-definitions

    Args:
        compute: The setting `build_compute`, a key of `COMPUTES`. A project changes from one to the other in place.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        service: Service,
        repository: Repository,
        artifacts: ArtifactBucket,
        log_retention_days: int,
        compute: str,
    ) -> None:
        super().__init__(scope, id_)

        runs_on = COMPUTES[compute]
        role = Role(self, "role", name=f"{name}-build", assumed_by="codebuild.amazonaws.com")
        logs = LogGroup(
            self, "logs", name=f"/aws/codebuild/{name}", retention_days=log_retention_days, key=artifacts.key
        )
        logs.grant_write(role)
        artifacts.grant_build(role)
        project = CodebuildProject(
            self,
            "Default",
            name=name,
            description=f"writes {FILE} for the deploy action",
            depends_on=role.rights,
            service_role=role.arn,
            build_timeout=runs_on.build_minutes,
            queued_timeout=runs_on.queued_minutes,
            encryption_key=artifacts.key.arn if artifacts.key else None,
            source=CodebuildProjectSource(type="CODEPIPELINE", buildspec=json.dumps(BUILDSPEC)),
            artifacts=CodebuildProjectArtifacts(type="CODEPIPELINE"),
            environment=CodebuildProjectEnvironment(
                type=runs_on.type,
                compute_type=runs_on.compute_type,
                privileged_mode=False,
                image=runs_on.image,
                environment_variable=[
                    CodebuildProjectEnvironmentEnvironmentVariable(name="CONTAINER_NAME", value=service.container_name),
                    CodebuildProjectEnvironmentEnvironmentVariable(name="REPOSITORY_URI", value=repository.url),
                ],
            ),
            logs_config=CodebuildProjectLogsConfig(
                cloudwatch_logs=CodebuildProjectLogsConfigCloudwatchLogs(group_name=logs.name)
            ),
        )

        self._arn = project.arn
        self.name = project.name

    def grant_start(self, role: Role) -> None:
        """Let the role start a build and follow it.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
        """
        role.allow("Build", actions=["codebuild:BatchGetBuilds", "codebuild:StartBuild"], resources=[self._arn])
