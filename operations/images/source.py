"""The places from which images are copied, and the platforms of an image in such a place."""

import json
from collections.abc import Iterator
from typing import Protocol

from operations.images.manifests import Blob, Image, Manifest, platform

UNKNOWN = "unknown/unknown"
"""The platform of an attestation in an index.

https://docs.docker.com/build/metadata/attestations/attestation-storage/
"""


class Source(Protocol):
    """A place with the blobs of an image: a repository, a folder or an archive."""

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Return the bytes of a blob in chunks."""


def platforms(source: Source, image: Image) -> set[str]:
    """Return the platforms of an image, such as `linux/amd64`, from its index or its configurations."""
    top = image[image.digest]
    in_index = {image[child]: platform for child, platform in top.children.items()} or {top: None}
    found = {platform or _configured_platform(source, manifest) for manifest, platform in in_index.items()}
    return found - {UNKNOWN}


def _configured_platform(source: Source, manifest: Manifest) -> str:
    content = b"".join(source.download(manifest.config)) if manifest.config else b"{}"
    return platform(json.loads(content)) or UNKNOWN
