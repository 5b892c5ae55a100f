"""Requests to one ECR repository, for images with their signatures and attestations, for blobs, and for tags."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from operations.images.blobs import fetch, parts
from operations.images.manifests import MEDIA_TYPES, Blob, Image, Manifest
from operations.images.progress import Done
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient
    from types_boto3_ecr.type_defs import ImageReferrerTypeDef, ListImageReferrersRequestTypeDef, RepositoryTypeDef

SUFFIXES = (".sig", ".att", ".sbom")
"""The suffixes of the tags that cosign gives to signatures, attestations and SBOMs.

For the image `sha256:<hex>`, such a tag is `sha256-<hex>` followed by the suffix.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""
ACTIVE = "ACTIVE"
MOST_DIGESTS = 100
"""The limit of digests in one request of BatchCheckLayerAvailability."""


@dataclass(frozen=True)
class PushedImage:
    """An image of a repository."""

    digest: str
    tags: tuple[str, ...]
    pushed: datetime


class Repository:
    """A repository of ECR, read and changed through ECR's API.

    The methods raise ClientError for requests that ECR refuses.
    """

    def __init__(self, ecr: "ECRClient", name: str) -> None:
        self.name = name
        self._ecr = ecr

    def image(self, wanted: str) -> Image:
        """Return an image with its signatures and attestations, but without the bytes of its blobs.

        Signatures and attestations are children of an index, OCI referrers of a manifest, or images with cosign's tags.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html

        Raises:
            OutsideError: The repository lacks a manifest of the image, or returns a manifest with a wrong digest.
        """
        manifests = self._with_children(wanted)
        tags: dict[str, str] = {}
        archived: list[str] = []
        for manifest in (queue := [*manifests.values()]):
            names = [f"{manifest.digest.replace(':', '-')}{suffix}" for suffix in SUFFIXES]
            tagged = {name: found for name in names if (found := self.tagged(name))}
            tags |= tagged
            referrers = {each["digest"]: each.get("artifactStatus", ACTIVE) for each in self._referrers(manifest)}
            archived += [each for each, status in referrers.items() if status != ACTIVE]
            for each in [*tagged.values(), *referrers]:
                if each not in manifests and each not in archived:
                    new = self._with_children(each)
                    queue += [found for one, found in new.items() if one not in manifests]
                    manifests |= new
        return Image(wanted, tuple(manifests.values()), tags, tuple(dict.fromkeys(archived)))

    def unsigned(self, wanted: str) -> Image:
        """Return an image without its signatures and attestations, and without the bytes of its blobs.

        Raises:
            OutsideError: The repository lacks a manifest of the image, or returns a manifest with a wrong digest.
        """
        return Image(wanted, tuple(self._with_children(wanted).values()), {}, ())

    def tagged(self, tag: str) -> str | None:
        """Return the digest of the image with a tag, or None if no image has the tag."""
        answer = self._ecr.batch_get_image(
            repositoryName=self.name, imageIds=[{"imageTag": tag}], acceptedMediaTypes=MEDIA_TYPES
        )
        return next((image["imageId"]["imageDigest"] for image in answer["images"]), None)

    def tags(self, wanted: str) -> list[str]:
        """Return the tags of the image with a digest."""
        return [*self.pushed(wanted).tags]

    def pushed(self, wanted: str) -> PushedImage:
        """Return the tags of the image with a digest, and when it was pushed.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
        """
        [found] = self._ecr.describe_images(repositoryName=self.name, imageIds=[{"imageDigest": wanted}])[
            "imageDetails"
        ]
        return PushedImage(wanted, tuple(sorted(found.get("imageTags", []))), found["imagePushedAt"])

    def describe(self) -> "RepositoryTypeDef":
        """Return the repository as DescribeRepositories does."""
        [found] = self._ecr.describe_repositories(repositoryNames=[self.name])["repositories"]
        return found

    def missing(self, blobs: list[Blob]) -> list[Blob]:
        """Return the blobs that the repository does not have.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html
        """
        available: set[str] = set()
        for first in range(0, len(blobs), MOST_DIGESTS):
            digests = [blob.digest for blob in blobs[first : first + MOST_DIGESTS]]
            answer = self._ecr.batch_check_layer_availability(repositoryName=self.name, layerDigests=digests)
            available |= {each["layerDigest"] for each in answer["layers"] if each["layerAvailability"] == "AVAILABLE"}
        return [blob for blob in blobs if blob.digest not in available]

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Return the bytes of a blob as they arrive, in chunks.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html

        Raises:
            OutsideError: The download fails, or the bytes do not have the digest of the blob.
        """
        url = self._ecr.get_download_url_for_layer(repositoryName=self.name, layerDigest=blob.digest)["downloadUrl"]
        return fetch(url, blob.digest, f"{self.name}: the download of {blob.digest}")

    def upload(self, blob: Blob, chunks: Iterable[bytes], done: Done = lambda _: None) -> None:
        """Upload a blob in parts of the size that ECR asks for. ECR verifies the digest.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html

        Args:
            blob: The blob.
            chunks: The bytes of the blob.
            done: Called with the number of bytes of each part that ECR has received.
        """
        upload = self._ecr.initiate_layer_upload(repositoryName=self.name)
        first = 0
        for part in parts(chunks, upload["partSize"]):
            self._upload_part(upload["uploadId"], first, part)
            first += len(part)
            done(len(part))
        with suppress(self._ecr.exceptions.LayerAlreadyExistsException):
            self._ecr.complete_layer_upload(
                repositoryName=self.name, uploadId=upload["uploadId"], layerDigests=[blob.digest]
            )

    def put(self, manifest: Manifest, tag: str | None = None) -> bool:
        """Put a manifest, with or without a tag, and return whether that changed the repository.

        The repository must have the blobs. ECR changes nothing and sends no event in two cases: the image exists and
        already has the tag, or another image has the tag and tags are immutable.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
        """
        tagged = {"imageTag": tag} if tag else {}
        refused = self._ecr.exceptions
        try:
            self._ecr.put_image(
                repositoryName=self.name,
                imageManifest=manifest.text,
                imageManifestMediaType=manifest.media_type,
                imageDigest=manifest.digest,
                **tagged,
            )
        except (refused.ImageAlreadyExistsException, refused.ImageTagAlreadyExistsException):
            return False
        return True

    def _upload_part(self, upload_id: str, first: int, part: bytes) -> None:
        """Upload one part.

        If a connection breaks after ECR has received the part, botocore sends the part again, and ECR refuses the
        second copy. The error names the last byte that ECR has received.
        """
        last = first + len(part) - 1
        try:
            self._ecr.upload_layer_part(
                repositoryName=self.name,
                uploadId=upload_id,
                partFirstByte=first,
                partLastByte=last,
                layerPartBlob=part,
            )
        except self._ecr.exceptions.InvalidLayerPartException as refused:
            if refused.response.get("lastValidByteReceived") != last:
                raise

    def _with_children(self, wanted: str) -> dict[str, Manifest]:
        """Return the manifest and, if it is an index, the manifests of its children, by digest.

        Children come before their index.
        """
        answer = self._ecr.batch_get_image(
            repositoryName=self.name, imageIds=[{"imageDigest": wanted}], acceptedMediaTypes=MEDIA_TYPES
        )
        if not answer["images"]:
            [failure] = answer["failures"]
            raise OutsideError(f"{self.name}: the repository does not have {wanted} ({failure['failureReason']})")
        [image] = answer["images"]
        manifest = Manifest(image["imageManifest"], image.get("imageManifestMediaType") or MEDIA_TYPES[-1])
        if manifest.digest != wanted:
            raise OutsideError(f"{self.name}: the manifest of {wanted} has another digest, {manifest.digest}")
        found: dict[str, Manifest] = {}
        for child in manifest.children:
            found |= self._with_children(child)
        return found | {wanted: manifest}

    def _referrers(self, manifest: Manifest) -> "Iterator[ImageReferrerTypeDef]":
        request: ListImageReferrersRequestTypeDef = {
            "repositoryName": self.name,
            "subjectId": {"imageDigest": manifest.digest},
            "filter": {"artifactStatus": "ANY"},
        }
        while True:
            answer = self._ecr.list_image_referrers(**request)
            yield from answer["referrers"]
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]
