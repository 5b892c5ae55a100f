"""The manifests of images and indexes.

The manifest of an image refers to blobs. The manifest of an index refers to other manifests.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
https://github.com/opencontainers/image-spec/blob/main/image-index.md
https://distribution.github.io/distribution/spec/manifest-v2-2/
"""

import hashlib
import json
from dataclasses import dataclass

from localaws.json_types import JsonObject


@dataclass(frozen=True)
class Child:
    """A manifest in an index. Docker's attestations have the platform `unknown/unknown`."""

    digest: str
    platform: str


@dataclass(frozen=True)
class Manifest:
    """The manifest of an image or an index. Docker calls an index a manifest list."""

    config: str | None
    """The digest of the image's configuration; None for an index."""
    layers: tuple[tuple[str, int], ...]
    """The digests of the layers with their sizes in bytes, the lowest layer first. A layer may occur twice."""
    children: tuple[Child, ...]

    @classmethod
    def of(cls, text: str) -> "Manifest":
        """Parse the manifest of an image or an index.

        Raises:
            ValueError: The text is not the manifest of an image or an index.
        """
        try:
            document: JsonObject = json.loads(text)
            is_index = "manifests" in document
            manifest = cls(
                config=None if is_index else document["config"]["digest"],
                layers=() if is_index else tuple((layer["digest"], layer["size"]) for layer in document["layers"]),
                children=tuple(
                    Child(each["digest"], platform(each.get("platform", {}))) for each in document.get("manifests", [])
                ),
            )
        except (AttributeError, KeyError, TypeError, RecursionError):
            raise ValueError("not a manifest of an image or an index") from None
        digests = [*manifest.blobs, *(child.digest for child in manifest.children)]
        if {*map(type, digests)} - {str} or {type(size) for _, size in manifest.layers} - {int}:
            raise ValueError(
                "not a manifest of an image or an index: digests must be strings, and sizes must be integers"
            )
        return manifest

    @property
    def blobs(self) -> list[str]:
        """The digests of the configuration and the layers."""
        return [*([self.config] if self.config else []), *(digest for digest, _ in self.layers)]


def digest(content: bytes | bytearray) -> str:
    """Return the digest of a blob or a manifest, as registries write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def platform(described: dict[str, str]) -> str:
    """Return the platform of an index entry or an image configuration, such as `linux/amd64`."""
    return f"{described.get('os', 'unknown')}/{described.get('architecture', 'unknown')}"
