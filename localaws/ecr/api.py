"""Pushes and deletions through the API of ECR become events: with moto, they start nothing."""

from typing import Any, ClassVar

from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse

from localaws.ecr.events import ecr_image_action
from localaws.runner import Runner


class EcrApi(ECRResponse):
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def put_image(self) -> ActionResult:
        tag = self._get_param("imageTag")
        try:
            answer = super().put_image()
        except Exception:
            self._tell("PUSH", succeeded=False, digest=self._get_param("imageDigest"), tag=tag)
            raise
        pushed: Any = answer.result
        self._tell("PUSH", succeeded=True, digest=pushed["image"].image_digest, tag=tag)
        return answer

    def batch_delete_image(self) -> ActionResult:
        answer = super().batch_delete_image()
        outcome: Any = answer.result
        for deleted in outcome["imageIds"]:
            self._tell("DELETE", succeeded=True, digest=deleted.image_digest, tag=deleted.image_tag)
        for failure in outcome["failures"]:
            image = failure["imageId"]
            self._tell("DELETE", succeeded=False, digest=image.get("imageDigest"), tag=image.get("imageTag"))
        return answer

    def _tell(self, action: str, *, succeeded: bool, digest: str | None, tag: str | None) -> None:
        self.runner.bus.put(
            ecr_image_action(
                account=self.current_account,
                region=self.region,
                action=action,
                succeeded=succeeded,
                repository=self._get_param("repositoryName"),
                digest=digest,
                tag=tag,
            )
        )
