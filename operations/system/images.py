"""The images in a repository that can be deployed, with their platforms, and what scans have found in the images.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from operations.images.manifests import INDEXES, MEDIA_TYPES, Image, Manifest
from operations.images.repository import Repository
from operations.images.source import UNKNOWN, platforms
from operations.wait import every

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient
    from types_boto3_ecr.type_defs import ImageDetailTypeDef

OF_ANOTHER_IMAGE = re.compile(r"sha256-[0-9a-f]{64}(\.(sig|att|sbom))?")
"""The tags of cosign, and the tags of the OCI referrers of an image.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
"""
MOST_IMAGES = 100
"""The limit of images in one request of BatchGetImage.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
"""
SECONDS = 20.0
"""The time for the platforms of all images, and for their scan findings. They are read at the same time."""
ENDED = {"COMPLETE", "ACTIVE"}
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED")
"""The severities, the worst first. Only Amazon Inspector has the last one.

https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html
"""


@dataclass(frozen=True)
class DeployableImage:
    """An image for one platform, or an index of images for several platforms."""

    digest: str
    tags: tuple[str, ...]
    pushed: datetime
    size_bytes: int
    """The size of the compressed layers. For an index, the size of its largest image."""
    image: Image
    """The manifests."""


@dataclass(frozen=True)
class Scan:
    """What the last scan of an image has found."""

    status: str
    """`COMPLETE` for a basic scan, `ACTIVE` for enhanced scanning. Other statuses say why there are no findings."""
    findings: Mapping[str, int]
    """The number of findings by severity, the worst first. For an index, the highest number of its images."""

    @property
    def ended(self) -> bool:
        """Whether ECR has scanned the image."""
        return self.status in ENDED


class Images:
    """The images of a repository, read through ECR's API. The methods raise ClientError for refused requests."""

    def __init__(self, ecr: "ECRClient", repository: Repository) -> None:
        self._ecr = ecr
        self._repository = repository

    def deployable(self) -> list[DeployableImage]:
        """Return the images, the newest first, without signatures, attestations and untagged parts of indexes."""
        details = [detail for detail in self._details() if not _belongs_to_another(detail)]
        manifests = self._manifests([detail["imageDigest"] for detail in details])
        parts = {child for manifest in manifests.values() for child in manifest.children}
        found = [
            DeployableImage(
                digest=detail["imageDigest"],
                tags=tuple(sorted(detail.get("imageTags", []))),
                pushed=detail["imagePushedAt"],
                size_bytes=detail.get("imageSizeInBytes", 0),
                image=_image(detail["imageDigest"], manifests),
            )
            for detail in details
            if (manifest := manifests.get(detail["imageDigest"]))
            and manifest.is_image
            and (detail.get("imageTags") or detail["imageDigest"] not in parts)
        ]
        return sorted(found, key=lambda each: each.pushed, reverse=True)

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of all images that have tags, by digest."""
        return {
            detail["imageDigest"]: tuple(sorted(detail["imageTags"]))
            for detail in self._details()
            if "imageTags" in detail
        }

    def digests(self) -> set[str]:
        """Return the digests of all images and other artifacts in the repository."""
        return {detail["imageDigest"] for detail in self._details()}

    def platforms(self, images: list[DeployableImage]) -> dict[str, list[str]]:
        """Return the platforms of images by digest. An index names them; otherwise, the configurations are read."""
        jobs = {each.digest: partial(platforms, self._repository, each.image) for each in images}
        return {digest: sorted(found) for digest, found in every(jobs, SECONDS).items()}

    def scans(self, images: list[DeployableImage]) -> dict[str, Scan | None]:
        """Return the scans of images by digest, or None for an image that was not scanned.

        DescribeImages no longer has the findings of basic scans. ECR scans the images of an index.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
        """
        jobs = {digest: partial(self._scan, digest) for each in images for digest in _scanned(each)}
        found = every(jobs, SECONDS)
        return {each.digest: _highest([found[digest] for digest in _scanned(each)]) for each in images}

    def _details(self) -> "Iterator[ImageDetailTypeDef]":
        for page in self._ecr.get_paginator("describe_images").paginate(repositoryName=self._repository.name):
            yield from page["imageDetails"]

    def _manifests(self, digests: list[str]) -> dict[str, Manifest]:
        found = {}
        for first in range(0, len(digests), MOST_IMAGES):
            answer = self._ecr.batch_get_image(
                repositoryName=self._repository.name,
                imageIds=[{"imageDigest": digest} for digest in digests[first : first + MOST_IMAGES]],
                acceptedMediaTypes=MEDIA_TYPES,
            )
            for image in answer["images"]:
                media_type = image.get("imageManifestMediaType") or MEDIA_TYPES[-1]
                found[image["imageId"]["imageDigest"]] = Manifest(image["imageManifest"], media_type)
        return found

    def _scan(self, digest: str) -> Scan | None:
        try:
            answer = self._ecr.describe_image_scan_findings(
                repositoryName=self._repository.name, imageId={"imageDigest": digest}, maxResults=1
            )
        except self._ecr.exceptions.ScanNotFoundException:
            return None
        counts = answer.get("imageScanFindings", {}).get("findingSeverityCounts", {})
        return Scan(answer["imageScanStatus"]["status"], {str(severity): count for severity, count in counts.items()})


def _belongs_to_another(detail: "ImageDetailTypeDef") -> bool:
    tags = detail.get("imageTags", [])
    return bool(detail.get("subjectManifestDigest")) or any(OF_ANOTHER_IMAGE.fullmatch(tag) for tag in tags)


def _image(digest: str, manifests: Mapping[str, Manifest]) -> Image:
    children = [manifests[child] for child in manifests[digest].children if child in manifests]
    return Image(digest, (*children, manifests[digest]), {}, ())


def _scanned(image: DeployableImage) -> list[str]:
    """Return the digests that ECR scans: those of the images for a platform."""
    manifest = image.image[image.digest]
    if manifest.media_type not in INDEXES:
        return [image.digest]
    return [child for child, platform in manifest.children.items() if platform != UNKNOWN]


def _highest(scans: list[Scan | None]) -> Scan | None:
    found = [scan for scan in scans if scan]
    if not found:
        return None
    counts = {severity: max(scan.findings.get(severity, 0) for scan in found) for severity in SEVERITIES}
    present = {severity for scan in found for severity in scan.findings}
    return Scan(
        status=next((scan.status for scan in found if scan.ended), found[0].status),
        findings={severity: number for severity, number in counts.items() if severity in present},
    )
