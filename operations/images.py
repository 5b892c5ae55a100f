"""Images in ECR, read with all that belongs to them, and copied from one repository to another.

Blobs are downloaded and uploaded, because ECR mounts them only within one account and region.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from operations.blobs import fetch, parts
from operations.manifests import Blob, Image, Manifest, platform
from tools.outside import OutsideError

MEDIA_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
SUFFIXES = (".sig", ".att", ".sbom")
"""How the tags end under which cosign pushes what belongs to `sha256:<hex>`, which begin with `sha256-<hex>`.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""
UNKNOWN = "unknown/unknown"
"""The platform of an attestation in an index.

https://docs.docker.com/build/metadata/attestations/attestation-storage/
"""
ACTIVE = "ACTIVE"
MOST_DIGESTS = 100
"""How many BatchCheckLayerAvailability takes at once."""

Say = Callable[[str], None]


class Repository:
    """A repository of ECR, over a client of ECR's API. Its methods raise ClientError for what ECR refuses."""

    def __init__(self, ecr: Any, name: str) -> None:
        self.name = name
        self._ecr = ecr

    def image(self, wanted: str) -> Image:
        """Read an image by its digest, with its children, signatures and attestations, but no blob.

        These are children of an index, OCI referrers of each manifest, and what cosign has pushed under tags.
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html

        Raises:
            OutsideError: The repository lacks the image, or a part of it.
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

    def tagged(self, tag: str) -> str | None:
        """Return the digest of the image that has a tag, None if there is none."""
        answer = self._ecr.batch_get_image(
            repositoryName=self.name, imageIds=[{"imageTag": tag}], acceptedMediaTypes=MEDIA_TYPES
        )
        return next((str(image["imageId"]["imageDigest"]) for image in answer["images"]), None)

    def tags(self, wanted: str) -> list[str]:
        """Return the tags of the image with a digest."""
        [found] = self._ecr.describe_images(repositoryName=self.name, imageIds=[{"imageDigest": wanted}])[
            "imageDetails"
        ]
        return list(found.get("imageTags", []))

    def describe(self) -> dict[str, Any]:
        """Return the repository as DescribeRepositories gives it."""
        [found] = self._ecr.describe_repositories(repositoryNames=[self.name])["repositories"]
        return dict(found)

    def platforms(self, image: Image) -> set[str]:
        """Return the platforms of an image, as `linux/amd64`, from its index or else its configurations."""
        top = image[image.digest]
        said = {image[child]: platform for child, platform in top.children.items()} or {top: None}
        found = {platform or self._configured(manifest) for manifest, platform in said.items()}
        return found - {UNKNOWN}

    def lacking(self, blobs: list[Blob]) -> list[Blob]:
        """Return the blobs that the repository does not have.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html
        """
        there: set[str] = set()
        for first in range(0, len(blobs), MOST_DIGESTS):
            digests = [blob.digest for blob in blobs[first : first + MOST_DIGESTS]]
            answer = self._ecr.batch_check_layer_availability(repositoryName=self.name, layerDigests=digests)
            there |= {each["layerDigest"] for each in answer["layers"] if each["layerAvailability"] == "AVAILABLE"}
        return [blob for blob in blobs if blob.digest not in there]

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Return the bytes of a blob as they arrive, in chunks.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html

        Raises:
            OutsideError: The connection ends early, or the bytes are not those of the digest.
        """
        url = self._ecr.get_download_url_for_layer(repositoryName=self.name, layerDigest=blob.digest)["downloadUrl"]
        return fetch(url, blob.digest, f"{self.name}: the download of {blob.digest}")

    def upload(self, blob: Blob, chunks: Iterable[bytes]) -> None:
        """Upload a blob in parts of the size that ECR asks for; ECR compares the digest.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
        """
        upload = self._ecr.initiate_layer_upload(repositoryName=self.name)
        place, first = {"repositoryName": self.name, "uploadId": upload["uploadId"]}, 0
        for part in parts(chunks, upload["partSize"]):
            last = first + len(part) - 1
            self._ecr.upload_layer_part(**place, partFirstByte=first, partLastByte=last, layerPartBlob=part)
            first = last + 1
        with suppress(self._ecr.exceptions.LayerAlreadyExistsException):
            self._ecr.complete_layer_upload(**place, layerDigests=[blob.digest])

    def put(self, manifest: Manifest, tag: str | None = None) -> bool:
        """Put an image whose blobs are there, under a tag or without one. Return whether that changed anything.

        ECR changes nothing, and sends no event, if the image is there under that tag, or if another image has the
        tag and tags are immutable.
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
        """
        said = {"imageManifest": manifest.text, "imageManifestMediaType": manifest.media_type}
        named = {"imageDigest": manifest.digest} | ({"imageTag": tag} if tag else {})
        refused = self._ecr.exceptions
        try:
            self._ecr.put_image(repositoryName=self.name, **said, **named)
        except (refused.ImageAlreadyExistsException, refused.ImageTagAlreadyExistsException):
            return False
        return True

    def _with_children(self, wanted: str) -> dict[str, Manifest]:
        """The manifest by its digest, after those of its children if it is an index."""
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

    def _referrers(self, manifest: Manifest) -> Iterator[dict[str, Any]]:
        asked = {
            "repositoryName": self.name,
            "subjectId": {"imageDigest": manifest.digest},
            "filter": {"artifactStatus": "ANY"},
        }
        while True:
            answer = self._ecr.list_image_referrers(**asked)
            yield from answer["referrers"]
            if not answer.get("nextToken"):
                return
            asked["nextToken"] = answer["nextToken"]

    def _configured(self, manifest: Manifest) -> str:
        content = b"".join(self.download(manifest.config)) if manifest.config else b"{}"
        return platform(json.loads(content)) or UNKNOWN


def copy(source: Repository, target: Repository, image: Image, say: Say) -> None:
    """Copy an image with all that belongs to it. It gets no tag, its signatures and attestations keep theirs.

    Blobs that the target has are not copied. ECR shows an image only when all of it is there, so a copy that was
    interrupted leaves nothing in the way of the next one. A tag that the target has for something else stays.
    """
    lacking = target.lacking(image.blobs)
    for number, blob in enumerate(lacking, 1):
        say(f"blob {number} of {len(lacking)}: {blob.digest[:19]}…, {mebibytes(blob.size_bytes)}")
        target.upload(blob, source.download(blob))
    for manifest in image.manifests:
        target.put(manifest)
    for tag, named in image.tags.items():
        if target.tagged(tag) in (None, named):
            target.put(image[named], tag)
        else:
            say(f"not copied: {tag}, a tag that {target.name} has for something else")


def mebibytes(size_bytes: int) -> str:
    """Return a size for people, as `84.2 MiB`."""
    return f"{size_bytes / 2**20:,.1f} MiB"
