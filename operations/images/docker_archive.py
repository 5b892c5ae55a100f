"""Docker archives, as `docker save`, podman and skopeo write them, in every version.

https://github.com/moby/moby/blob/master/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format
"""

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_END
from typing import IO

from operations.images.blobs import CHUNK_BYTES
from operations.images.documents import Configuration, Named, SavedImage, chosen, parsed
from operations.images.files import AGAIN, GZIP, ZSTD, Files, IncompleteError, read, shown, verified
from operations.images.manifests import CONFIG, LAYER, Blob, Image, Manifest, digest
from operations.images.progress import Done, Progress
from tools.outside import OutsideError

LEVEL = 6
"""The default of the gzip program. Python's default, 9, takes much longer and saves little."""


@dataclass(frozen=True)
class _Layer:
    media_type: str
    blob: Blob
    name: str | None
    """The file in the archive. None if the layer was compressed into the scratch file."""
    start: int = 0
    """The position in the scratch file."""


class DockerArchive:
    """An image in a docker archive. Its layers are compressed, because the archive contains them uncompressed.

    The image gets the same manifest each time, with the configuration of the archive.

    Args:
        files: The files of the archive.
        name: The name of the image. It is needed if the archive has several images.
        scratch: A temporary file for the compressed layers.
        progress: Shows the compression.

    Raises:
        IncompleteError: A file is missing.
        OutsideError: The archive is invalid, or has several images and no name is given.
    """

    def __init__(self, files: Files, name: str | None, *, scratch: IO[bytes], progress: Progress) -> None:
        self._files, self._scratch, self._progress = files, scratch, progress
        place = f"{files.place}: manifest.json"
        saved = parsed(list[SavedImage], read(files, "manifest.json"), place)
        named = [Named(each.names or [], each.config, each) for each in saved]
        self._saved = chosen(named, name, files.place)
        self._config = read(files, self._saved.config)
        place = f"{files.place}: {shown(self._saved.config)}"
        if (expected := _digest_in(self._saved.config)) not in (None, digest(self._config)):
            raise OutsideError(f"{place}: must have the digest {expected}, got {digest(self._config)}; {AGAIN}")
        self._configuration = parsed(Configuration, self._config, place)
        layers, diff_ids = self._saved.layers, self._configuration.rootfs.diff_ids
        if len(layers) != len(diff_ids):
            raise OutsideError(f"{place}: must have a digest for each of {len(layers)} layers, got {len(diff_ids)}")
        for layer in layers:
            if files.size_bytes(layer) is None:
                raise IncompleteError(f"{files.place}: the file {shown(layer)} is missing; {AGAIN}")
        self._layers: dict[str, _Layer] = {}

    def platforms(self) -> set[str]:
        """Return the platform of the image."""
        return {shown(f"{self._configuration.os}/{self._configuration.architecture}")}

    def image(self) -> Image:
        """Compress the layers, and return the image.

        Raises:
            OutsideError: A layer does not have the digest in the configuration.
        """
        diff_ids = self._configuration.rootfs.diff_ids
        for name, diff_id in zip(self._saved.layers, diff_ids, strict=True):
            if diff_id not in self._layers:
                self._layers[diff_id] = self._packed(name, diff_id)
        layers = [self._layers[diff_id] for diff_id in diff_ids]
        config = Blob(digest(self._config), len(self._config))
        manifest = Manifest.of((CONFIG, config), [(layer.media_type, layer.blob) for layer in layers])
        return Image(manifest.digest, (manifest,), {}, ())

    def download(self, blob: Blob) -> Iterator[bytes]:
        """Return the bytes of a blob in chunks."""
        if blob.digest == digest(self._config):
            return iter([self._config])
        layer = next(each for each in self._layers.values() if each.blob == blob)
        chunks = self._files.chunks(layer.name) if layer.name else self._packed_chunks(layer)
        return verified(chunks, blob.digest, f"{self._files.place}: {shown(layer.name or blob.digest)}")

    def _packed(self, name: str, diff_id: str) -> _Layer:
        """Return a layer as it is if it is compressed. Otherwise compress it into the scratch file."""
        first = next(self._files.chunks(name), b"")
        for start, suffix in ((GZIP, "+gzip"), (ZSTD, "+zstd")):
            if first.startswith(start):
                return self._compressed_before(name, f"{LAYER}{suffix}")
        with self._progress.transfer(f"compress {diff_id[:19]}…", self._files.size_bytes(name) or 0) as done:
            return self._compress(name, diff_id, done)

    def _compressed_before(self, name: str, media_type: str) -> _Layer:
        hashed = hashlib.sha256()
        for chunk in self._files.chunks(name):
            hashed.update(chunk)
        actual = f"sha256:{hashed.hexdigest()}"
        if (expected := _digest_in(name)) not in (None, actual):
            place = f"{self._files.place}: {shown(name)}"
            raise OutsideError(f"{place}: must have the digest {expected}, got {actual}; {AGAIN}")
        return _Layer(media_type, Blob(actual, self._files.size_bytes(name) or 0), name)

    def _compress(self, name: str, diff_id: str, done: Done) -> _Layer:
        start = self._scratch.seek(0, SEEK_END)
        packed = _Hashed(self._scratch)
        with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=packed, mtime=0) as file:
            for chunk in verified(self._files.chunks(name), diff_id, f"{self._files.place}: {shown(name)}"):
                file.write(chunk)
                done(len(chunk))
        return _Layer(f"{LAYER}+gzip", Blob(packed.digest, self._scratch.tell() - start), None, start)

    def _packed_chunks(self, layer: _Layer) -> Iterator[bytes]:
        end = layer.start + layer.blob.size_bytes
        for position in range(layer.start, end, CHUNK_BYTES):
            self._scratch.seek(position)
            yield self._scratch.read(min(CHUNK_BYTES, end - position))


class _Hashed:
    """A writer that computes the digest of everything that is written to a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hashed = hashlib.sha256()

    @property
    def digest(self) -> str:
        return f"sha256:{self._hashed.hexdigest()}"

    def write(self, content: bytes) -> int:
        self._hashed.update(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


def _digest_in(name: str) -> str | None:
    """Return the digest in the name of a file, such as `blobs/sha256/<hex>` or `<hex>.json`."""
    found = re.fullmatch(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?", name)
    return f"sha256:{found[1]}" if found else None
