"""The stages of the pipeline.

https://docs.aws.amazon.com/codepipeline/latest/userguide/ecs-cd-pipeline.html
"""

import json

from cdktf_cdktf_provider_aws.codepipeline import CodepipelineStage, CodepipelineStageAction

from modules.delivery.image_definitions import FILE, ImageDefinitions
from modules.ecs.service import Service
from modules.repository import Repository
from settings.names import DEPLOY_STAGE

SOURCE_ACTION = "Push"
"""The name of the source action. Every start of the pipeline should pass a source revision for this action."""

_IMAGE_DETAIL = "ImageDetail"
_IMAGE_DEFINITIONS = "ImageDefinitions"


def source(repository: Repository) -> CodepipelineStage:
    """Return the stage that outputs the digest of the pushed image.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
    """
    action = CodepipelineStageAction(
        name=SOURCE_ACTION,
        category="Source",
        owner="AWS",
        provider="ECR",
        version="1",
        namespace="Source",
        configuration={"RepositoryName": repository.name, "ImageTag": repository.default_tag},
        output_artifacts=[_IMAGE_DETAIL],
    )
    return CodepipelineStage(name="Source", action=[action])


def build(repository: Repository, image_definitions: ImageDefinitions) -> CodepipelineStage:
    """Return the stage that writes `imagedefinitions.json` with the URL and the digest of the image.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    """
    uri = {"name": "REPOSITORY_URI", "value": f"{repository.url}@#{{Source.ImageDigest}}"}
    action = CodepipelineStageAction(
        name="Build",
        category="Build",
        owner="AWS",
        provider="CodeBuild",
        version="1",
        configuration={"ProjectName": image_definitions.name, "EnvironmentVariables": json.dumps([uri])},
        input_artifacts=[_IMAGE_DETAIL],
        output_artifacts=[_IMAGE_DEFINITIONS],
    )
    return CodepipelineStage(name="Build", action=[action])


def deploy(service: Service) -> CodepipelineStage:
    """Return the stage that deploys the image to the service.

    `DeploymentTimeout` is the number of minutes after which the deploy action fails, if the deployment has not ended
    and `FailedDeployments` has not stopped the execution. AWS's default is 60 minutes.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
    """
    action = CodepipelineStageAction(
        name="Deploy",
        category="Deploy",
        owner="AWS",
        provider="ECS",
        version="1",
        configuration={
            "ClusterName": service.cluster_name,
            "ServiceName": service.name,
            "FileName": FILE,
            "DeploymentTimeout": str(service.deployment_timeout_minutes),
        },
        input_artifacts=[_IMAGE_DEFINITIONS],
    )
    return CodepipelineStage(name=DEPLOY_STAGE, action=[action])
