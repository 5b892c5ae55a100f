"""Container images as `docker build` makes them, pushed as `make push` does.

https://docs.docker.com/build/metadata/attestations/attestation-storage/
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from operations.images import copy, manifests
from operations.images.docker_archive import LEVEL
from operations.images.manifests import Blob, Manifest, descriptor, digest
from operations.images.manifests import Image as Described
from operations.images.progress import Progress
from operations.images.repository import Repository

if TYPE_CHECKING:
    from types_boto3_ecr import ECRClient

INDEX, MANIFEST, CONFIG, LAYER = manifests.INDEX, manifests.MANIFEST, manifests.CONFIG, f"{manifests.LAYER}+gzip"
ATTESTATION = "application/vnd.in-toto+json"
FILE = "/content"


@dataclass(frozen=True)
class File:
    """A file in a layer."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Image:
    """An index with an image for one platform, and with the attestation of its build."""

    index: bytes
    manifests: tuple[bytes, ...]
    blobs: tuple[bytes, ...]

    @classmethod
    def build(cls, content: bytes, architecture: str = "amd64", *, command: str = FILE) -> "Image":
        """Build an image with one file, `/content`.

        Args:
            content: The content of the file.
            architecture: The CPU architecture of the platform.
            command: The command of the image, by default the file.
        """
        layer = archive({FILE: File(content, executable=True)})
        return cls.assemble([layer], {"Cmd": [command]}, architecture)

    @classmethod
    def assemble(
        cls, archives: Sequence[bytes], parameters: Mapping[str, object], architecture: str = "amd64"
    ) -> "Image":
        """Build an image of layers.

        Args:
            archives: The layers, the lowest first, as tar archives.
            parameters: The execution parameters of the image, such as its command.
            architecture: The CPU architecture of the platform.
        """
        layers = [gzip.compress(archive, LEVEL, mtime=0) for archive in archives]
        config = _json(
            {
                "architecture": architecture,
                "os": "linux",
                "config": parameters,
                "rootfs": {"type": "layers", "diff_ids": [digest(archive) for archive in archives]},
            }
        )
        image = _manifest(config, LAYER, *layers)
        statement = _json({"_type": "https://in-toto.io/Statement/v0.1", "predicate": {}, "subject": []})
        empty = _json({"architecture": "unknown", "os": "unknown", "config": {}})
        attestation = _manifest(empty, ATTESTATION, statement)
        about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest(image)}
        index = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [
                {**descriptor(MANIFEST, _blob(image)), "platform": {"architecture": architecture, "os": "linux"}},
                {
                    **descriptor(MANIFEST, _blob(attestation)),
                    "annotations": about,
                    "platform": {"architecture": "unknown", "os": "unknown"},
                },
            ],
        }
        return cls(_json(index), (image, attestation), (config, *layers, empty, statement))

    @property
    def described(self) -> Described:
        """The manifests, as the commands for deployed environments copy them."""
        children = [Manifest(manifest.decode(), MANIFEST) for manifest in self.manifests]
        return Described(digest(self.index), (*children, Manifest(self.index.decode(), INDEX)), {}, ())

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Yield the bytes of a blob."""
        yield next(each for each in self.blobs if digest(each) == blob.digest)


def archive(files: Mapping[str, File]) -> bytes:
    """Return a tar archive of files, by their absolute paths. Owner and times are fixed."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for path, file in sorted(files.items()):
            header = tarfile.TarInfo(path.lstrip("/"))
            header.size, header.mode = len(file.content), 0o755 if file.executable else 0o644
            tar.addfile(header, io.BytesIO(file.content))
    return written.getvalue()


def push_image(ecr: "ECRClient", repository_name: str, tag: str, content: bytes, *, command: str = FILE) -> str:
    """Push an image, and return the digest of its index. The digest depends on content and command only.

    If another image has the tag, the tag moves to the pushed image. A second push of the same image with the same tag
    changes nothing.

    Raises:
        RuntimeError: Tags are immutable, and another image has the tag.
    """
    image, repository = Image.build(content, command=command), Repository(ecr, repository_name)
    described = image.described
    copy.upload(image, repository, described, Progress(Console(quiet=True)))
    if not repository.put(described[described.digest], tag) and repository.tagged(tag) != described.digest:
        raise RuntimeError(f"{repository_name}: another image has the tag {tag}, and tags are immutable")
    return described.digest


def _manifest(config: bytes, media_type: str, *layers: bytes) -> bytes:
    return Manifest.of((CONFIG, _blob(config)), [(media_type, _blob(layer)) for layer in layers]).text.encode()


def _blob(content: bytes) -> Blob:
    return Blob(digest(content), len(content))


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
