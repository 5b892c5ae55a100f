"""The places from which images are copied, and the platforms of an image in such a place."""

from collections.abc import Iterator
from typing import Protocol

from pydantic import ValidationError

from operations.images.documents import ImageConfiguration
from operations.images.files import MOST_BYTES, shown
from operations.images.manifests import Blob, Image, Manifest

UNKNOWN = "unknown/unknown"
"""The platform of an attestation in an index.

https://docs.docker.com/build/metadata/attestations/attestation-storage/
"""


class Source(Protocol):
    """A place with the blobs of an image: a repository, a folder or an archive."""

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Return the bytes of a blob in chunks."""


def configuration(source: Source, manifest: Manifest) -> ImageConfiguration | None:
    """Return the configuration of an image for one platform. None for another artifact than an image."""
    config = manifest.config
    if not config or config.size_bytes > MOST_BYTES:
        return None
    try:
        return ImageConfiguration.model_validate_json(b"".join(source.download(config)))
    except ValidationError:
        return None


def of_platform(image: Image, wanted: str) -> Manifest | None:
    """Return the manifest for a platform. None if an index lacks the platform.

    A single image has no platform in its manifest, so it is returned for each platform.
    """
    top = image[image.digest]
    if not top.children:
        return top
    return next((image[child] for child, found in top.children.items() if found == wanted), None)


def platforms(source: Source, image: Image) -> set[str]:
    """Return the platforms of an image, such as `linux/amd64`, from its index or its configurations.

    Messages show the platforms, so the texts are safe for a terminal.
    """
    top = image[image.digest]
    in_index = {image[child]: platform for child, platform in top.children.items()} or {top: None}
    found = {platform or _configured_platform(source, manifest) for manifest, platform in in_index.items()}
    return {shown(each) for each in found - {UNKNOWN}}


def _configured_platform(source: Source, manifest: Manifest) -> str:
    """Return the platform in a configuration. The configuration of another artifact than an image has none."""
    found = configuration(source, manifest)
    return f"{found.os}/{found.architecture}" if found else UNKNOWN
