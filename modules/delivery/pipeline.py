"""The pipeline from a push to a deployment."""

from cdktf_cdktf_provider_aws.codepipeline import (
    Codepipeline,
    CodepipelineArtifactStore,
    CodepipelineArtifactStoreEncryptionKey,
)
from constructs import Construct

from modules import log_group
from modules.account import arn
from modules.delivery import stages
from modules.delivery.artifacts import ArtifactBucket
from modules.delivery.image_definitions import ImageDefinitions
from modules.delivery.push_trigger import PushTrigger
from modules.ecs.service import Service
from modules.environment import Environment
from modules.iam import Role
from modules.repository import Repository
from settings import PipelineSettings
from settings.names import DEPLOY_STAGE


class Pipeline(Construct):
    """A CodePipeline that deploys every push of a watched image tag, in the stages Source, Build and Deploy.

    The build gets the variable `REPOSITORY_URI`. Its value is the repository's URL, which Terraform resolves, and the
    digest from the source action. So the pipeline deploys the pushed image, even if another push moves the tag.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/ecs-cd-pipeline.html

    While an execution waits for a stage, a newer execution can start. The execution mode decides whether the newer
    execution supersedes the waiting execution or queues behind it.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        repository: Repository,
        service: Service,
        settings: PipelineSettings,
    ) -> None:
        super().__init__(scope, id_)

        key_arn = environment.encryption.key_arn
        artifacts = ArtifactBucket(self, "artifacts", environment=environment)
        image_definitions = ImageDefinitions(
            self,
            "image_definitions",
            environment=environment,
            service=service,
            repository=repository,
            artifacts=artifacts,
            compute=settings.build_compute,
        )
        role = Role(self, "role", name=environment.role_name("pipeline"), assumed_by="codepipeline.amazonaws.com")
        artifacts.grant_pipeline(role)
        repository.grant_describe(role)
        image_definitions.grant_start(role)
        service.grant_deploy(role)
        pipeline = Codepipeline(
            self,
            "Default",
            name=environment.name,
            pipeline_type="V2",
            execution_mode=settings.execution_mode,
            role_arn=role.arn,
            artifact_store=[
                CodepipelineArtifactStore(
                    type="S3",
                    location=artifacts.name,
                    encryption_key=CodepipelineArtifactStoreEncryptionKey(id=key_arn, type="KMS") if key_arn else None,
                )
            ],
            stage=[
                stages.source(repository),
                stages.build(repository, image_definitions),
                stages.deploy(service),
            ],
            # A new pipeline starts an execution by itself, and this execution needs these policies.
            depends_on=[role.inline_policy, artifacts.policy],
        )
        PushTrigger(
            self,
            "trigger",
            environment=environment,
            repository=repository,
            pipeline_arn=pipeline.arn,
            settings=settings,
        )

        self._environment = environment
        self._arn = pipeline.arn
        self.name = pipeline.name

    def grant_stop(self, role: Role) -> None:
        """Let the role find an execution by its stage, read its source revision, and stop it.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
        """
        role.allow(
            "StopExecution",
            actions=[
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:StopPipelineExecution",
            ],
            resources=[self._arn],
        )

    def grant_follow(self, role: Role) -> None:
        """Let the role find the execution of a push, and read its status and the errors of its actions.

        The ARN is built from names, because the role is in a stack that does not depend on the stack of the pipeline.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
        """
        role.allow(
            "FollowExecutions",
            actions=["codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions"],
            resources=[arn(role, "codepipeline", self._environment.region, self._environment.name)],
        )

    def grant_operate(self, role: Role) -> None:
        """Let the role start executions, and disable and enable the transition into the stage that deploys.

        An execution can have each image of the repository as its source revision: a source revision override needs no
        other permission, and IAM has no condition key for it. The ARNs are built from names, so the pipeline need not
        exist.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html and
        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides.html
        """
        name, region = self._environment.name, self._environment.region
        role.allow(
            "StartExecution",
            actions=["codepipeline:StartPipelineExecution"],
            resources=[arn(role, "codepipeline", region, name)],
        )
        role.allow(
            "ChangeTransition",
            actions=["codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition"],
            resources=[arn(role, "codepipeline", region, f"{name}/{DEPLOY_STAGE}")],
        )

    def grant_view(self, role: Role) -> None:
        """Let the role see the pipeline, its executions, and the builds with their log.

        The ARNs are built from names, so the pipeline need not exist.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html and
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodebuild.html
        """
        name, region = self._environment.name, self._environment.region
        self.grant_follow(role)
        role.allow(
            "ViewPipeline",
            actions=["codepipeline:GetPipeline", "codepipeline:GetPipelineState"],
            resources=[arn(role, "codepipeline", region, name)],
        )
        build = f"{name}-image-definitions"
        role.allow(
            "ViewBuilds",
            actions=["codebuild:BatchGetBuilds", "codebuild:BatchGetProjects"],
            resources=[arn(role, "codebuild", region, f"project/{build}")],
        )
        log_group.grant_view(
            role, "ViewBuildLog", environment=self._environment, name=f"/aws/codebuild/{build}", streams=True
        )
