"""The build step that writes the file which the ECS deploy action wants."""

import json

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

    It has 5 minutes for that, after 30 in the queue at most, and no Docker.

    Terraform resolves the repository's URL into the project's variable. The role has no right on the repository: the
    build neither pulls nor pushes, and pushes are noticed by EventBridge.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#pipelines-create-image-definitions
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
    ) -> None:
        super().__init__(scope, id_)

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
            build_timeout=5,
            queued_timeout=30,
            encryption_key=artifacts.key.arn if artifacts.key else None,
            source=CodebuildProjectSource(type="CODEPIPELINE", buildspec=json.dumps(BUILDSPEC)),
            artifacts=CodebuildProjectArtifacts(type="CODEPIPELINE"),
            environment=CodebuildProjectEnvironment(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_SMALL",
                privileged_mode=False,
                image="aws/codebuild/amazonlinux-x86_64-standard:6.0",
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
