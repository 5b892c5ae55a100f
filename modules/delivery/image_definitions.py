"""The build step that writes the input file of the ECS deploy action."""

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
from modules.ecs.service import Service
from modules.environment import Environment
from modules.iam import Role
from modules.log_group import LogGroup
from modules.repository import Repository

FILE = "imagedefinitions.json"


class _Compute(NamedTuple):
    type: str
    compute_type: str
    image: str
    build_minutes: int
    queued_minutes: int | None


# On Lambda compute, CodeBuild refuses a queued timeout. It stops every build after 15 minutes, even if the build
# timeout is longer.
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

# The command contains shell variables, and no references of cdktf. The references are in the values of the environment
# variables, where Terraform resolves them. In a buildspec file of a source repository, for example, a reference would
# reach the shell unresolved.
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
    """A CodeBuild project that writes `CONTAINER_NAME` and `REPOSITORY_URI` into `imagedefinitions.json`.

    Terraform resolves the repository's URL in the project's environment variable. The role of the project has no
    permission on the repository, because the build neither pulls nor pushes images.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#pipelines-create-image-definitions

    On EC2 compute, a build waits at most 30 minutes in the queue and runs at most 5 minutes. On Lambda compute, a build
    runs at most 15 minutes. The build writes the file to `CODEBUILD_SRC_DIR`. On Lambda compute, this folder is below
    `/tmp`, the only writable folder.

    Args:
        environment: The name, the log retention and the encryption.
        service: The service. The build writes the name of its container into the file.
        repository: The repository. Its URL is the value of `REPOSITORY_URI`.
        artifacts: The bucket of the input and output artifacts.
        compute: A key of `COMPUTES`. Terraform changes the compute of a project in place.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        service: Service,
        repository: Repository,
        artifacts: ArtifactBucket,
        compute: str,
    ) -> None:
        super().__init__(scope, id_)

        runs_on = COMPUTES[compute]
        name = f"{environment.name}-image-definitions"
        role = Role(
            self, "role", name=environment.role_name("image-definitions-build"), assumed_by="codebuild.amazonaws.com"
        )
        logs = LogGroup(self, "logs", environment=environment, name=f"/aws/codebuild/{name}")
        logs.grant_write(role)
        artifacts.grant_build(role)
        project = CodebuildProject(
            self,
            "Default",
            name=name,
            description=f"writes {FILE} for the deploy action",
            depends_on=[role.inline_policy],
            service_role=role.arn,
            build_timeout=runs_on.build_minutes,
            queued_timeout=runs_on.queued_minutes,
            encryption_key=environment.encryption.key_arn,
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
        """Let the role start a build and read its status.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
        """
        role.allow("Build", actions=["codebuild:BatchGetBuilds", "codebuild:StartBuild"], resources=[self._arn])
