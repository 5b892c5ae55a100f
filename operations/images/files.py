"""The files of an image: in a folder here, and in archives in archive.py. The files are read in place."""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from operations.images.blobs import CHUNK_BYTES
from tools.outside import OutsideError

MOST_BYTES = 4 * 1024 * 1024
"""The limit of a manifest. A configuration or an index that is larger would be refused by other programs, too.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""The first bytes of compressed data: https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc8878"""
AGAIN = "the image is damaged: write it again"


class IncompleteError(OutsideError):
    """A file of an image is missing."""


class Files(Protocol):
    """The files of an image."""

    @property
    def place(self) -> str:
        """The place of the files, for error messages."""

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a regular file in bytes, or None for any other name."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that exists."""


@dataclass(frozen=True)
class Folder:
    """The files below a folder."""

    path: Path

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.path)

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a regular file in bytes, or None for any other name."""
        try:
            status = (self.path / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that exists."""
        with (self.path / name).open("rb") as file:
            yield from chunks_of(file)


def read(files: Files, name: str) -> bytes:
    """Return the content of a small file.

    Raises:
        IncompleteError: The file is missing.
        OutsideError: The file is too large.
    """
    size = files.size_bytes(name)
    if size is None:
        raise IncompleteError(f"{files.place}: the file {shown(name)} is missing; {AGAIN}")
    if size > MOST_BYTES:
        raise OutsideError(f"{files.place}: {shown(name)} must have at most {MOST_BYTES:,} bytes, got {size:,}")
    return b"".join(files.chunks(name))


def verified(chunks: Iterator[bytes], digest: str, what: str) -> Iterator[bytes]:
    """Yield chunks, and verify their digest at the end.

    Raises:
        OutsideError: The bytes have another digest.
    """
    hashed = hashlib.sha256()
    for chunk in chunks:
        hashed.update(chunk)
        yield chunk
    if (actual := f"sha256:{hashed.hexdigest()}") != digest:
        raise OutsideError(f"{what}: must have the digest {digest}, got {actual}; {AGAIN}")


def shown(name: str) -> str:
    """Return a name from a file in a form that a terminal shows safely."""
    return ascii(name[:100])[1:-1]


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of an open file in chunks."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
