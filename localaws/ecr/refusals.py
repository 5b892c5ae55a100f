"""Requests that ECR refuses and moto accepts."""

from collections.abc import Callable

from moto.ecr.exceptions import ImageAlreadyExistsException, InvalidParameterException
from moto.ecr.models import ECRBackend, Image

from localaws.ecr.errors import EcrError
from localaws.ecr.manifest import Manifest, digest
from localaws.json_types import JsonObject

SMALLEST_PART = 5 * 1024 * 1024


def refuse_invalid_layers() -> None:
    """Refuse to complete an upload that has no parts or a wrong digest, or whose layer already exists.

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


def refuse_small_layer_parts() -> None:
    """Refuse a layer part if the previous part has less than 5 MiB. Only the last part of a layer may be smaller.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
    """
    upload_part: Callable[..., JsonObject] = ECRBackend.upload_layer_part

    def upload_layer_part(
        self: ECRBackend, repository_name: str, upload_id: str, first: int, last: int, *args: object, **settings: object
    ) -> JsonObject:
        upload = self._get_repository(repository_name).uploads.get(upload_id)
        if upload and 0 < vars(upload).get("last_part_size", 0) < SMALLEST_PART:
            raise EcrError("LayerPartTooSmallException", "Layer parts must be at least 5 MiB in size")
        answer = upload_part(self, repository_name, upload_id, first, last, *args, **settings)
        vars(upload)["last_part_size"] = last - first + 1
        return answer

    ECRBackend.upload_layer_part = upload_layer_part


def refuse_images_before_their_layers() -> None:
    """Refuse an invalid manifest, and a manifest that refers to a blob or an image that is not in the repository.

    The manifest of an image refers to blobs. The manifest of an index refers to images.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    put: Callable[..., Image] = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, *args: object) -> Image:
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
        for kind, missing in (("Layers", layers), ("ReferencedImages", children)):
            if missing:
                raise EcrError(
                    f"{kind}NotFoundException",
                    f"{kind.removeprefix('Referenced')} with digests '[{', '.join(missing)}]' required for pushing "
                    f"image into repository with name '{repository_name}' in the registry with id "
                    f"'{repository.registry_id}' do not exist",
                )
        return put(self, repository_name, image_manifest, *args)

    ECRBackend.put_image = put_image


def refuse_images_with_wrong_digest() -> None:
    """Refuse an image whose manifest does not have the digest in the request.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    put = ECRBackend.put_image

    def put_image(
        self: ECRBackend,
        repository_name: str,
        image_manifest: str,
        image_tag: str,
        image_manifest_mediatype: str | None = None,
        image_digest: str | None = None,
    ) -> Image:
        calculated = digest(image_manifest.encode())
        if image_digest not in (None, calculated):
            message = f"Image digest '{image_digest}' does not match the digest '{calculated}' that was calculated"
            raise EcrError("ImageDigestDoesNotMatchException", message)
        return put(self, repository_name, image_manifest, image_tag, image_manifest_mediatype, image_digest)

    ECRBackend.put_image = put_image


def refuse_repeated_images_and_tags() -> None:
    """Refuse an image that the repository already has, and an immutable tag that another image has.

    ECR accepts a push that adds a tag to an existing image. moto accepts an image that is pushed again without a tag.
    moto refuses a tag that the image already has, and an immutable tag that another image has. The error of moto is
    `ImageAlreadyExistsException` in both cases. ECR has a different error for an immutable tag.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    put: Callable[..., Image] = ECRBackend.put_image

    def put_image(self: ECRBackend, repository_name: str, image_manifest: str, image_tag: str, *args: object) -> Image:
        repository = self._get_repository(repository_name)
        for image in repository.images:
            is_same = image.image_manifest == image_manifest
            if is_same and (image_tag is None or image_tag in image.image_tags):
                raise ImageAlreadyExistsException(
                    repository_name, repository.registry_id, image.image_digest, image_tag or "null"
                )
            if not is_same and image_tag in image.image_tags and repository.image_tag_mutability == "IMMUTABLE":
                raise EcrError(
                    "ImageTagAlreadyExistsException",
                    f"The image tag '{image_tag}' already exists in the '{repository_name}' repository and cannot be "
                    "overwritten because the tag is immutable.",
                )
        return put(self, repository_name, image_manifest, image_tag, *args)

    ECRBackend.put_image = put_image


REFUSALS = (
    refuse_invalid_layers,
    refuse_small_layer_parts,
    refuse_images_before_their_layers,
    refuse_images_with_wrong_digest,
    refuse_repeated_images_and_tags,
)
