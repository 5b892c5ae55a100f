"""From a push to a deployment."""

import json

from cdktf_cdktf_provider_aws.codepipeline import (
    Codepipeline,
    CodepipelineArtifactStore,
    CodepipelineArtifactStoreEncryptionKey,
    CodepipelineStage,
    CodepipelineStageAction,
)
from constructs import Construct

from modules.delivery.artifacts import ArtifactBucket
from modules.delivery.image_definitions import FILE, ImageDefinitions
from modules.delivery.push_trigger import PushTrigger
from modules.iam import Role
from modules.key import Key
from modules.repository import Repository
from modules.service import Service
from settings import PipelineSettings

DEPLOY = "Deploy"
PUSH = "Push"
"""The source action, whose revision every start of the pipeline should name."""
IMAGE_DETAIL = "ImageDetail"


class Pipeline(Construct):
    """A CodePipeline that deploys every push of a watched image tag: Source, Build, Deploy.

    The build step's `REPOSITORY_URI` is the repository's URL, resolved by Terraform, with the digest that the source
    action found: what is deployed is the image that was pushed, whatever the tag points to by then.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/ecs-cd-pipeline.html

    Executions that wait for a stage are superseded by newer ones, or queued, as the settings say.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        repository: Repository,
        service: Service,
        log_retention_days: int,
        key: Key | None,
        protect: bool,
        settings: PipelineSettings,
    ) -> None:
        super().__init__(scope, id_)

        artifacts = ArtifactBucket(self, "artifacts", name=name, protect=protect, key=key)
        build = ImageDefinitions(
            self,
            "image_definitions",
            name=f"{name}-image-definitions",
            service=service,
            repository=repository,
            artifacts=artifacts,
            log_retention_days=log_retention_days,
            compute=settings.build_compute,
        )
        role = Role(self, "role", name=f"{name}-pipeline", assumed_by="codepipeline.amazonaws.com")
        artifacts.grant_carry(role)
        repository.grant_describe(role)
        build.grant_start(role)
        service.grant_deploy(role)
        pipeline = Codepipeline(
            self,
            "Default",
            name=name,
            pipeline_type="V2",
            execution_mode=settings.execution_mode,
            role_arn=role.arn,
            artifact_store=[
                CodepipelineArtifactStore(
                    type="S3",
                    location=artifacts.name,
                    encryption_key=CodepipelineArtifactStoreEncryptionKey(id=key.arn, type="KMS") if key else None,
                )
            ],
            stage=[
                CodepipelineStage(
                    name="Source",
                    action=[
                        CodepipelineStageAction(
                            name=PUSH,
                            category="Source",
                            owner="AWS",
                            provider="ECR",
                            version="1",
                            namespace="Source",
                            configuration={
                                "RepositoryName": repository.name,
                                "ImageTag": settings.default_tag,
                            },
                            output_artifacts=[IMAGE_DETAIL],
                        )
                    ],
                ),
                CodepipelineStage(
                    name="Build",
                    action=[
                        CodepipelineStageAction(
                            name="Build",
                            category="Build",
                            owner="AWS",
                            provider="CodeBuild",
                            version="1",
                            configuration={
                                "ProjectName": build.name,
                                "EnvironmentVariables": json.dumps(
                                    [{"name": "REPOSITORY_URI", "value": f"{repository.url}@#{{Source.ImageDigest}}"}]
                                ),
                            },
                            input_artifacts=[IMAGE_DETAIL],
                            output_artifacts=["ImageDefinitions"],
                        )
                    ],
                ),
                CodepipelineStage(
                    name=DEPLOY,
                    action=[
                        CodepipelineStageAction(
                            name="Deploy",
                            category="Deploy",
                            owner="AWS",
                            provider="ECS",
                            version="1",
                            configuration={
                                "ClusterName": service.cluster_name,
                                "ServiceName": service.name,
                                "FileName": FILE,
                                # By default it is 60 minutes: the action waits for them even after the circuit breaker
                                # has rolled back, and the push that would fix it waits behind the action.
                                # https://github.com/aws/containers-roadmap/issues/1399
                                "DeploymentTimeout": str(service.deployment_timeout_minutes),
                            },
                            input_artifacts=["ImageDefinitions"],
                        )
                    ],
                ),
            ],
            # It starts by itself as soon as it exists.
            depends_on=[*role.rights, artifacts.access],
        )
        PushTrigger(
            self,
            "trigger",
            name=name,
            repository=repository,
            pipeline_arn=pipeline.arn,
            source_action=PUSH,
            settings=settings,
        )

        self._arn = pipeline.arn
        self.name = pipeline.name
        self.deploy_stage = DEPLOY
        self.source_artifact = IMAGE_DETAIL

    def grant_stop(self, role: Role) -> None:
        """Let the role find an execution by its stage, read which image it deploys, and stop it.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
        """
        role.allow(
            "StopExecution",
            actions=[
                "codepipeline:GetPipelineExecution",
                "codepipeline:GetPipelineState",
                "codepipeline:StopPipelineExecution",
            ],
            resources=[self._arn],
        )
