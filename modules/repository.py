"""The image repository."""

import json

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository, EcrRepositoryImageScanningConfiguration
from constructs import Construct

from modules.iam import Role
from settings import PipelineSettings

KEPT_IMAGES = 30

_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
_PUSH = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]


class Repository(Construct):
    """An ECR repository that scans what is pushed, and keeps the newest 30 images and those with a watched tag.

    Of one watched tag that is the image that has it, and of a pattern the newest 30 images. A rule on untagged images
    alone would delete the image that runs as soon as its tag moves on. An image that a rule selects by its tag cannot
    be expired by a rule of lower priority. So pushes of other tags never expire a watched image.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html

    With `immutable_tags` a push of a tag that an image has is refused. Otherwise tags can move; what the pipeline
    deploys is a digest, which cannot.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, protect: bool, settings: PipelineSettings) -> None:
        super().__init__(scope, id_)

        repository = EcrRepository(
            self,
            "Default",
            name=name,
            image_tag_mutability="IMMUTABLE" if settings.immutable_tags else None,
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            force_delete=not protect,
        )
        watched_images = 1 if settings.moving_tag else KEPT_IMAGES
        EcrLifecyclePolicy(
            self,
            "lifecycle",
            repository=repository.name,
            policy=json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": f"keep {_newest(watched_images)} with the tag {settings.watch}",
                            "selection": {
                                "tagStatus": "tagged",
                                "tagPatternList": [settings.watch],
                                "countType": "imageCountMoreThan",
                                "countNumber": watched_images,
                            },
                            "action": {"type": "expire"},
                        },
                        {
                            "rulePriority": 2,
                            "description": f"keep {_newest(KEPT_IMAGES)}",
                            "selection": {
                                "tagStatus": "any",
                                "countType": "imageCountMoreThan",
                                "countNumber": KEPT_IMAGES,
                            },
                            "action": {"type": "expire"},
                        },
                    ]
                }
            ),
        )

        self.name = repository.name
        self.arn = repository.arn
        self.url = repository.repository_url

    def grant_pull(self, role: Role) -> None:
        """Let the role pull images.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        self._grant(role, "PullImages", _PULL)

    def grant_pull_push(self, role: Role) -> None:
        """Let the role pull and push images, as a job that builds them must.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
        """
        self._grant(role, "PullAndPushImages", [*_PULL, *_PUSH])

    def grant_describe(self, role: Role) -> None:
        """Let the role read what images there are, as a pipeline's source action must.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
        """
        role.allow("DescribeImages", actions=["ecr:DescribeImages"], resources=[self.arn])

    def _grant(self, role: Role, intent: str, actions: list[str]) -> None:
        role.allow(intent, actions=actions, resources=[self.arn])
        # A token is the registry's, not a repository's: AWS takes no ARN here.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        role.allow("LogInToTheRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"])


def _newest(images: int) -> str:
    return "the newest image" if images == 1 else f"the newest {images} images"
