"""Fixes for ECR where moto answers differently from AWS."""

from collections.abc import Callable

from moto.ecr.exceptions import InvalidParameterException
from moto.ecr.models import ECRBackend, Image

from localaws.ecr import lifecycle_policies
from localaws.ecr.manifest import Manifest, digest
from localaws.json_types import JsonObject


def calculate_digests_and_sizes() -> None:
    """Calculate the digest of an image from the whole manifest, and the size in bytes from the layers.

    moto calculates the digest only from the layers' digests. As the size, moto returns the size of the configuration.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """

    def get_image_digest(self: Image) -> str:
        return digest(self.image_manifest.encode())

    def get_image_size_in_bytes(self: Image) -> int:
        return sum(size for _, size in Manifest.of(self.image_manifest).layers)

    Image.get_image_digest = get_image_digest
    Image.get_image_size_in_bytes = get_image_size_in_bytes


def calculate_index_sizes() -> None:
    """Give an index the size of its largest image.

    moto gives an index no size.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """
    put: Callable[..., Image] = ECRBackend.put_image
    size_in_bytes = Image.get_image_size_in_bytes

    def put_image(self: ECRBackend, repository_name: str, *args: object) -> Image:
        image = put(self, repository_name, *args)
        images = {each.image_digest: each for each in self._get_repository(repository_name).images}
        children = Manifest.of(image.image_manifest).children
        sizes = [images[child.digest].image_size_in_bytes or 0 for child in children if child.digest in images]
        vars(image)["largest"] = max(sizes, default=0)
        return image

    def get_image_size_in_bytes(self: Image) -> int | None:
        largest: int = vars(self).get("largest", 0)
        return largest or size_in_bytes(self)

    ECRBackend.put_image, Image.get_image_size_in_bytes = put_image, get_image_size_in_bytes


def keep_images_that_lose_their_tag() -> None:
    """Keep the previous image, without the tag, when a push moves a tag to another image.

    moto deletes the previous image.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    put: Callable[..., Image] = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, image_tag: str, *args: object) -> Image:
        repository = self._get_repository(repository_name)
        for image in self._resolve_image_tag_mutability(repository, image_tag):
            if image.image_manifest != image_manifest:
                image.remove_tag(image_tag)
                image.image_tag = next(reversed(image.image_tags), None)
        return put(self, repository_name, image_manifest, image_tag, *args)

    ECRBackend.put_image = put_image


def refuse_contradictory_lifecycle_policies() -> None:
    """Refuse a lifecycle policy with invalid or contradictory rules, and keep the previous policy.

    moto accepts such a policy.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    put_policy = ECRBackend.put_lifecycle_policy

    def put_valid_policy(
        self: ECRBackend, registry_id: str, repository_name: str, lifecycle_policy_text: str
    ) -> JsonObject:
        repository = self._get_repository(repository_name, registry_id)
        previous = repository.lifecycle_policy
        answer = put_policy(self, registry_id, repository_name, lifecycle_policy_text)
        if violation := next(lifecycle_policies.violations(lifecycle_policy_text), None):
            repository.lifecycle_policy = previous
            raise InvalidParameterException(
                "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
                f"'Lifecycle policy validation failure: {violation}'"
            )
        return answer

    ECRBackend.put_lifecycle_policy = put_valid_policy


FIXES = (
    calculate_digests_and_sizes,
    calculate_index_sizes,
    keep_images_that_lose_their_tag,
    refuse_contradictory_lifecycle_policies,
)
