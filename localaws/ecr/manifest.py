"""What the manifest of an image names: blobs, or other manifests if it is an index.

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
    """The manifest of one image, or an index (Docker's name: manifest list)."""

    config: str | None
    """The digest of the configuration; an index has none."""
    layers: tuple[tuple[str, int], ...]
    """The layers' digests, the lowest first, with their sizes in bytes; one may come twice."""
    children: tuple[Child, ...]

    @classmethod
    def of(cls, text: str) -> "Manifest":
        """Read a manifest of either kind.

        Raises:
            ValueError: It is none.
        """
        try:
            said: JsonObject = json.loads(text)
            is_index = "manifests" in said
            manifest = cls(
                config=None if is_index else said["config"]["digest"],
                layers=() if is_index else tuple((layer["digest"], layer["size"]) for layer in said["layers"]),
                children=tuple(
                    Child(each["digest"], platform(each.get("platform", {}))) for each in said.get("manifests", [])
                ),
            )
        except (AttributeError, KeyError, TypeError, RecursionError):
            raise ValueError("no manifest of an image or an index") from None
        digests = [*manifest.blobs, *(child.digest for child in manifest.children)]
        if {*map(type, digests)} - {str} or {type(size) for _, size in manifest.layers} - {int}:
            raise ValueError("no manifest of an image or an index: a digest is no text, or a size no number")
        return manifest

    @property
    def blobs(self) -> list[str]:
        return [*([self.config] if self.config else []), *(digest for digest, _ in self.layers)]


def digest(content: bytes | bytearray) -> str:
    """Return the digest by which a registry knows a blob or a manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def platform(said: dict[str, str]) -> str:
    """Return `linux/amd64` for what an index or a configuration says of its platform."""
    return f"{said.get('os', 'unknown')}/{said.get('architecture', 'unknown')}"
