"""What ECR does and moto does not."""

from typing import Any

from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend, Image

from localaws.ecr import lifecycle_policies
from localaws.ecr.manifest import Manifest, digest


def digests_the_manifest() -> None:
    """An image's digest is the SHA-256 of its manifest and its size that of its layers; moto makes up both.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """

    def get_image_digest(self: Image) -> str:
        return digest(self.image_manifest.encode())

    def get_image_size_in_bytes(self: Image) -> int:
        return sum(size for _, size in Manifest.of(self.image_manifest).layers)

    Image.get_image_digest = get_image_digest
    Image.get_image_size_in_bytes = get_image_size_in_bytes


def sizes_an_index_by_its_largest_image() -> None:
    """An index is as large as the largest of its images; moto gives it no size.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """
    put, size_in_bytes = ECRBackend.put_image, Image.get_image_size_in_bytes

    def put_image(self: ECRBackend, repository_name: str, *args: Any) -> Image:
        image = put(self, repository_name, *args)
        held = {each.image_digest: each for each in self._get_repository(repository_name).images}
        children = [held[child.digest] for child in Manifest.of(image.image_manifest).children if child.digest in held]
        vars(image)["largest"] = max((child.image_size_in_bytes or 0 for child in children), default=0)
        return image

    def get_image_size_in_bytes(self: Image) -> int | None:
        largest: int = vars(self).get("largest", 0)
        return largest or size_in_bytes(self)

    ECRBackend.put_image, Image.get_image_size_in_bytes = put_image, get_image_size_in_bytes


def keeps_an_image_that_lost_its_tag() -> None:
    """A push moves an existing tag and the image that had it stays, untagged; moto deletes that image.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    put = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, image_tag: str, *args: Any) -> Image:
        repository = self._get_repository(repository_name)
        for image in self._resolve_image_tag_mutability(repository, image_tag):
            if image.image_manifest != image_manifest:
                image.remove_tag(image_tag)
                image.image_tag = next(reversed(image.image_tags), None)
        return put(self, repository_name, image_manifest, image_tag, *args)

    ECRBackend.put_image = put_image


def refuses_lifecycle_policies_that_contradict_themselves() -> None:
    """A policy whose rules contradict each other is refused, and the one before it stays; moto takes it.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    put_policy = ECRBackend.put_lifecycle_policy

    def put_valid_policy(self: ECRBackend, registry_id: str, repository_name: str, lifecycle_policy_text: str) -> Any:
        repository = self._get_repository(repository_name, registry_id)
        before = repository.lifecycle_policy
        answer = put_policy(self, registry_id, repository_name, lifecycle_policy_text)
        if fault := next(lifecycle_policies.faults(lifecycle_policy_text), None):
            repository.lifecycle_policy = before
            raise InvalidParameterException(
                "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
                f"'Lifecycle policy validation failure: {fault}'"
            )
        return answer

    ECRBackend.put_lifecycle_policy = put_valid_policy


FIXES = (
    digests_the_manifest,
    sizes_an_index_by_its_largest_image,
    keeps_an_image_that_lost_its_tag,
    refuses_lifecycle_policies_that_contradict_themselves,
)
