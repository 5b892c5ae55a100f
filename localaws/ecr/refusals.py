"""What ECR refuses and moto takes."""

from typing import Any

from moto.ecr.exceptions import ImageAlreadyExistsException, InvalidParameterException
from moto.ecr.models import ECRBackend, Image

from localaws.ecr.errors import EcrError
from localaws.ecr.manifest import Manifest, digest
from localaws.json_types import JsonObject

SMALLEST_PART = 5 * 1024 * 1024


def a_layer_that_is_not_what_was_sent() -> None:
    """An upload without a part, with other bytes than its digest says, or of a layer that is there.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
    """
    complete = ECRBackend.complete_layer_upload

    def complete_layer_upload(
        self: ECRBackend, repository_name: str, upload_id: str, layer_digests: list[str], registry_id: str | None = None
    ) -> JsonObject:
        repository = self._get_repository(repository_name, registry_id)
        place = f"in the repository with name '{repository_name}' in the registry with id '{repository.registry_id}'"
        if upload := repository.uploads.get(upload_id):
            calculated = digest(bytes(upload.layer_parts))
            if not upload.layer_parts:
                raise EcrError("EmptyUploadException", f"Upload with id '{upload_id}' {place} has no parts")
            if calculated not in layer_digests:
                message = f"Upload with id '{upload_id}' {place} has the digest '{calculated}', not {layer_digests}"
                raise EcrError("InvalidLayerException", message)
            if calculated in repository.layers:
                message = f"Layer with digest '{calculated}' already exists {place}"
                raise EcrError("LayerAlreadyExistsException", message)
        return complete(self, repository_name, upload_id, layer_digests, registry_id)

    ECRBackend.complete_layer_upload = complete_layer_upload


def a_layer_in_small_parts() -> None:
    """A part of less than 5 MiB that another part follows.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
    """
    upload_part = ECRBackend.upload_layer_part

    def upload_layer_part(
        self: ECRBackend, repository_name: str, upload_id: str, first: int, last: int, *args: Any, **more: Any
    ) -> JsonObject:
        upload = self._get_repository(repository_name).uploads.get(upload_id)
        if upload and 0 < vars(upload).get("last_part_size", 0) < SMALLEST_PART:
            raise EcrError("LayerPartTooSmallException", "Layer parts must be at least 5 MiB in size")
        answer = upload_part(self, repository_name, upload_id, first, last, *args, **more)
        vars(upload)["last_part_size"] = last - first + 1
        return answer

    ECRBackend.upload_layer_part = upload_layer_part


def an_image_before_what_it_names() -> None:
    """An image whose layers or configuration are not in the repository; an index whose images are not; no manifest.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    put = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, *args: Any) -> Image:
        repository = self._get_repository(repository_name)
        try:
            manifest = Manifest.of(image_manifest)
        except ValueError:
            raise InvalidParameterException(
                "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
            ) from None
        images = {image.image_digest for image in repository.images}
        layers = [digest for digest in manifest.blobs if digest not in repository.layers]
        children = [child.digest for child in manifest.children if child.digest not in images]
        for kind, lacking in (("Layers", layers), ("ReferencedImages", children)):
            if lacking:
                raise EcrError(
                    f"{kind}NotFoundException",
                    f"{kind.removeprefix('Referenced')} with digests '[{', '.join(lacking)}]' required for pushing "
                    f"image into repository with name '{repository_name}' in the registry with id "
                    f"'{repository.registry_id}' do not exist",
                )
        return put(self, repository_name, image_manifest, *args)

    ECRBackend.put_image = put_image


def an_image_with_another_digest() -> None:
    """An image whose manifest does not have the digest that is named with it.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    put = ECRBackend.put_image

    def put_image(
        self: ECRBackend,
        repository_name: str,
        image_manifest: str,
        image_tag: str,
        image_manifest_mediatype: str | None = None,
        named: str | None = None,
    ) -> Image:
        calculated = digest(image_manifest.encode())
        if named not in (None, calculated):
            message = f"Image digest '{named}' does not match the digest '{calculated}' that was calculated"
            raise EcrError("ImageDigestDoesNotMatchException", message)
        return put(self, repository_name, image_manifest, image_tag, image_manifest_mediatype, named)

    ECRBackend.put_image = put_image


def the_same_image_again() -> None:
    """An image that is there, under a tag that it has, or under none; an immutable tag that another image has.

    moto refuses a tag, always with the code of the first.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    put = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, image_tag: str, *args: Any) -> Image:
        repository = self._get_repository(repository_name)
        for image in repository.images:
            is_it = image.image_manifest == image_manifest
            if is_it and (image_tag is None or image_tag in image.image_tags):
                raise ImageAlreadyExistsException(
                    repository_name, repository.registry_id, image.image_digest, image_tag or "null"
                )
            if not is_it and image_tag in image.image_tags and repository.image_tag_mutability == "IMMUTABLE":
                raise EcrError(
                    "ImageTagAlreadyExistsException",
                    f"The image tag '{image_tag}' already exists in the '{repository_name}' repository and cannot be "
                    "overwritten because the tag is immutable.",
                )
        return put(self, repository_name, image_manifest, image_tag, *args)

    ECRBackend.put_image = put_image


REFUSALS = (
    a_layer_that_is_not_what_was_sent,
    a_layer_in_small_parts,
    an_image_before_what_it_names,
    an_image_with_another_digest,
    the_same_image_again,
)
