"""The files of an image, in a folder or in a tar archive. They are read in place: nothing is extracted."""

import errno
import gzip
import hashlib
import posixpath
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from operations.images.blobs import CHUNK_BYTES
from tools.outside import OutsideError

MOST_BYTES = 4 * 1024 * 1024
"""The limit of a manifest. A configuration or an index that is larger would be refused by other programs, too.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""
MOST_FILES = 10_000
MOST_LINKS = 8
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""The first bytes of compressed data: https://www.rfc-editor.org/rfc/rfc1952, https://www.rfc-editor.org/rfc/rfc8878"""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
AGAIN = "the image is damaged: write it again"


class IncompleteError(OutsideError):
    """A file of an image is missing."""


class Files(Protocol):
    """The files of an image."""

    @property
    def place(self) -> str:
        """The place of the files, for error messages."""

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a file, or None if there is no regular file of this name."""

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
        """Return the size of a file, or None if there is no regular file of this name."""
        try:
            status = (self.path / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that exists."""
        with (self.path / name).open("rb") as file:
            yield from _chunks(file)


class Archive:
    """The files in a tar archive.

    Args:
        place: The name of the archive in error messages.
        tar: The archive. It is not compressed.

    Raises:
        OutsideError: The archive is damaged, or has too many files.
    """

    def __init__(self, place: str, tar: tarfile.TarFile) -> None:
        self.place = place
        self._tar = tar
        self._members: dict[str, tarfile.TarInfo] = {}
        with self._damaged():
            for number, member in enumerate(tar):
                if number == MOST_FILES:
                    raise OutsideError(f"{place}: an archive with an image must have at most {MOST_FILES:,} files")
                self._members[posixpath.normpath(member.name)] = member

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a file, or None if there is no regular file of this name."""
        found = self._member(name)
        return found.size if found else None

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that exists."""
        found = self._member(name)
        file = self._tar.extractfile(found) if found else None
        if file:
            with self._damaged(), file:
                yield from _chunks(file)

    def _member(self, name: str) -> tarfile.TarInfo | None:
        """Return a regular file, also if the name is that of a link inside the archive.

        `docker save` wrote a link for a layer that occurs twice, before Docker 25.
        """
        for _ in range(MOST_LINKS):
            member = self._members.get(posixpath.normpath(name))
            if not member or member.isreg():
                return member if member and not member.issparse() else None
            if not member.issym() and not member.islnk():
                return None
            folder = posixpath.dirname(member.name) if member.issym() else ""
            name = posixpath.join(folder, member.linkname)
        return None

    @contextmanager
    def _damaged(self) -> Iterator[None]:
        try:
            yield
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise OutsideError(f"{self.place}: the archive cannot be read ({error}); {AGAIN}") from None


@contextmanager
def archive(path: Path, place: str) -> Iterator[Archive]:
    """Open a tar archive, which may be compressed with gzip.

    Raises:
        OutsideError: The file is not such an archive.
    """
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(path.open("rb"))
        first = file.read(len(ZSTD))
        file.seek(0)
        if first == ZSTD:
            raise OutsideError(f"{place}: must be a tar archive, got one that is compressed with zstd; decompress it")
        if first.startswith(GZIP):
            file = stack.enter_context(_decompressed(file, place))
        try:
            tar = stack.enter_context(tarfile.open(fileobj=file, mode="r:"))
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise OutsideError(f"{place}: must be a tar archive ({error}); write it with docker or skopeo") from None
        yield Archive(place, tar)


@contextmanager
def scratch_file() -> Iterator[IO[bytes]]:
    """Open a temporary file without a name. It disappears at the end, however the program ends.

    Raises:
        OutsideError: The disk is full.
    """
    with tempfile.TemporaryFile() as file:
        try:
            yield file
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise OutsideError(
                f"{tempfile.gettempdir()}: {error.strerror}; name another folder for temporary files in TMPDIR"
            ) from None


@contextmanager
def _decompressed(file: IO[bytes], place: str) -> Iterator[IO[bytes]]:
    """Decompress an archive, because a layer in a compressed archive cannot be read without all bytes before it."""
    with scratch_file() as whole:
        try:
            with gzip.open(file) as compressed:
                shutil.copyfileobj(compressed, whole, CHUNK_BYTES)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise OutsideError(f"{place}: cannot be decompressed ({error}); {AGAIN}") from None
        whole.seek(0)
        yield whole


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


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
