"""What the manifest of an image names: blobs, or other manifests if it is an index.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
https://github.com/opencontainers/image-spec/blob/main/image-index.md
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Blob:
    """A layer or a configuration."""

    digest: str
    size_bytes: int


@dataclass(frozen=True)
class Manifest:
    """The manifest of an image for one platform, an index of such images, or an artifact such as a signature."""

    text: str
    media_type: str

    @property
    def digest(self) -> str:
        return digest(self.text.encode())

    @cached_property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content

    @property
    def config(self) -> Blob | None:
        """The configuration; an index has none."""
        return next(iter(self.blobs), None) if "config" in self._content else None

    @property
    def blobs(self) -> list[Blob]:
        """The configuration and the layers."""
        first = [self._content["config"]] if "config" in self._content else []
        return [Blob(each["digest"], each["size"]) for each in (*first, *self._content.get("layers", []))]

    @property
    def children(self) -> dict[str, str | None]:
        """The digests of the images in an index, with the platform that the index says, as `linux/amd64`."""
        return {each["digest"]: platform(each.get("platform")) for each in self._content.get("manifests", [])}


@dataclass(frozen=True)
class Image:
    """An image and all that belongs to it, in the order in which ECR takes it.

    The images of an index come before the index, and the signatures and attestations of an image after it.
    """

    digest: str
    manifests: tuple[Manifest, ...]
    tags: Mapping[str, str]
    """The tags that name signatures and attestations, each with the digest of what it names."""
    archived: tuple[str, ...]
    """The digests of signatures and attestations that ECR has archived, so that their manifests cannot be read."""

    @property
    def blobs(self) -> list[Blob]:
        """The blobs of all manifests, each one time."""
        return list(dict.fromkeys(blob for manifest in self.manifests for blob in manifest.blobs))

    def __getitem__(self, wanted: str) -> Manifest:
        return next(manifest for manifest in self.manifests if manifest.digest == wanted)


def digest(content: bytes) -> str:
    """Return the digest by which a registry knows a blob or a manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def platform(said: dict[str, Any] | None) -> str | None:
    """Return `linux/amd64` for what an index or a configuration says of its platform, None if it says nothing."""
    return f"{said.get('os', 'unknown')}/{said.get('architecture', 'unknown')}" if said else None
