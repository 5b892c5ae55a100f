"""The manifests of images, image indexes and artifacts.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
https://github.com/opencontainers/image-spec/blob/main/image-index.md
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from operations.json_types import JsonObject

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
CONFIGS = [CONFIG, "application/vnd.docker.container.image.v1+json"]
LAYER = "application/vnd.oci.image.layer.v1.tar"
"""The media type of a layer that is not compressed. `+gzip` or `+zstd` says that the layer is compressed."""
INDEXES = [INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"]
MEDIA_TYPES = [*INDEXES, MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"]
"""The media types of all manifests that ECR accepts, except those of Docker's first version.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html
"""


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

    @classmethod
    def of(cls, config: tuple[str, Blob], layers: Sequence[tuple[str, Blob]]) -> "Manifest":
        """Return the manifest of an image for one platform.

        Args:
            config: The media type of the configuration, and the configuration.
            layers: The media type of each layer, and the layer.
        """
        content = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(*config),
            "layers": [descriptor(*layer) for layer in layers],
        }
        return cls(json.dumps(content, separators=(",", ":")), MANIFEST)

    @property
    def digest(self) -> str:
        """The digest of the text."""
        return digest(self.text.encode())

    @cached_property
    def _content(self) -> JsonObject:
        content: JsonObject = json.loads(self.text)
        return content

    @property
    def config(self) -> Blob | None:
        """The configuration. None for an index."""
        return next(iter(self.blobs), None) if self._content.get("config") else None

    @property
    def blobs(self) -> list[Blob]:
        """The configuration and the layers."""
        first = [self._content["config"]] if self._content.get("config") else []  # null means that it is missing
        return [Blob(each["digest"], each["size"]) for each in (*first, *self._content.get("layers", []))]

    @property
    def is_image(self) -> bool:
        """Whether the manifest is that of an image or an index, not that of a signature, a build cache or a chart."""
        if self._content.get("subject"):
            return False
        return self.media_type in INDEXES or (self._content.get("config") or {}).get("mediaType") in CONFIGS

    @property
    def children(self) -> dict[str, str | None]:
        """The digest of each image in an index, with its platform in the index, such as `linux/amd64`."""
        return {each["digest"]: platform(each.get("platform")) for each in self._content.get("manifests", [])}


@dataclass(frozen=True)
class Image:
    """An image with its signatures and attestations. ECR accepts the manifests in the order of `manifests`.

    The images of an index come before the index. The signatures and attestations of an image come after the image.
    """

    digest: str
    manifests: tuple[Manifest, ...]
    tags: Mapping[str, str]
    """The tags of signatures and attestations, each with the digest of its manifest."""
    archived: tuple[str, ...]
    """The digests of signatures and attestations that ECR has archived. Their manifests cannot be read."""

    @property
    def blobs(self) -> list[Blob]:
        """The blobs of all manifests, without duplicates."""
        return list(dict.fromkeys(blob for manifest in self.manifests for blob in manifest.blobs))

    def __getitem__(self, wanted: str) -> Manifest:
        return next(manifest for manifest in self.manifests if manifest.digest == wanted)


def descriptor(media_type: str, blob: Blob) -> dict[str, str | int]:
    """Return the reference to a blob in a manifest.

    https://github.com/opencontainers/image-spec/blob/main/descriptor.md
    """
    return {"mediaType": media_type, "digest": blob.digest, "size": blob.size_bytes}


def digest(content: bytes) -> str:
    """Return the digest by which a registry identifies a blob or a manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def platform(described: JsonObject | None) -> str | None:
    """Return the platform that is described, such as `linux/amd64`, or None if the description is missing."""
    if not described:
        return None
    return f"{described.get('os', 'unknown')}/{described.get('architecture', 'unknown')}"
