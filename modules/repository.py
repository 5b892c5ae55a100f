"""The image repository."""

import json
from collections.abc import Mapping

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository, EcrRepositoryImageScanningConfiguration
from constructs import Construct

from modules.account import arn
from modules.environment import Environment
from modules.iam import Role
from settings import PipelineSettings

KEPT_IMAGES = 30

_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
_PUSH = [
    "ecr:CompleteLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:InitiateLayerUpload",
    "ecr:BatchCheckLayerAvailability",
    "ecr:PutImage",
    "ecr:BatchGetImage",
]
_VIEW = [
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:DescribeImageScanFindings",
]


class Repository(Construct):
    """An ECR repository that scans each pushed image. It keeps the newest 30 images, and images with a watched tag.

    If one tag is watched, the image with this tag is kept. If a pattern is watched, the newest 30 images with matching
    tags are kept. A lifecycle rule that expires all untagged images would delete the running image as soon as a push
    moves the tag of that image. A rule of lower priority cannot expire an image that a rule of higher priority selects
    by tag. So pushes of other tags never expire an image with a watched tag.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html

    With `immutable_tags`, ECR refuses a push of a tag that exists. Without `immutable_tags`, a push can move a tag to
    another image. The pipeline deploys digests, which never change.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment, settings: PipelineSettings) -> None:
        super().__init__(scope, id_)

        repository = EcrRepository(
            self,
            "Default",
            name=environment.name,
            image_tag_mutability="IMMUTABLE" if settings.immutable_tags else None,
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            force_delete=not environment.protect,
        )
        watched = {"tagStatus": "tagged", "tagPatternList": [settings.watch]}
        watched_images = 1 if settings.moving_tag else KEPT_IMAGES
        rules = [
            _rule(1, f"keep {_newest(watched_images)} with the tag {settings.watch}", watched, watched_images),
            _rule(2, f"keep {_newest(KEPT_IMAGES)}", {"tagStatus": "any"}, KEPT_IMAGES),
        ]
        EcrLifecyclePolicy(self, "lifecycle", repository=repository.name, policy=json.dumps({"rules": rules}))

        self._environment = environment
        self.name = repository.name
        self.arn = repository.arn
        self.url = repository.repository_url
        self.default_tag = settings.default_tag
        """The image tag that a new service and an execution without a source revision use. It is the watched tag. If a
        pattern is watched, it is a tag that no image has."""

    def grant_pull(self, role: Role) -> None:
        """Let the role pull images.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        self._grant(role, "PullImages", _PULL, self.arn)

    def grant_push(self, role: Role) -> None:
        """Let the role push images, as the workflow of the application does.

        The ARN is built from names, because the role is in a stack that does not depend on the stack of the repository.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
        """
        self._grant(
            role,
            "PushImages",
            _PUSH,
            arn(role, "ecr", self._environment.region, f"repository/{self._environment.name}"),
        )

    def grant_describe(self, role: Role) -> None:
        """Let the role describe images, as a pipeline's source action does.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
        """
        role.allow("DescribeImages", actions=["ecr:DescribeImages"], resources=[self.arn])

    def grant_view(self, role: Role) -> None:
        """Let the role see the images with their platforms and the findings of their scans.

        The configuration of an image has its platform. ECR has one action to download configurations and layers.
        The ARN is built from names, so the repository need not exist.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        """
        own = arn(role, "ecr", self._environment.region, f"repository/{self._environment.name}")
        role.allow("ViewImages", actions=_VIEW, resources=[own])

    def _grant(self, role: Role, sid: str, actions: list[str], repository_arn: str) -> None:
        role.allow(sid, actions=actions, resources=[repository_arn])
        # An authorization token is valid for the whole registry, so this action supports no ARN.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        role.allow("LogInToTheRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"])


def _newest(images: int) -> str:
    return "the newest image" if images == 1 else f"the newest {images} images"


def _rule(priority: int, description: str, selection: Mapping[str, object], images: int) -> dict[str, object]:
    """Return the rule that expires the images of a selection, except the newest images."""
    return {
        "rulePriority": priority,
        "description": description,
        "selection": {**selection, "countType": "imageCountMoreThan", "countNumber": images},
        "action": {"type": "expire"},
    }
