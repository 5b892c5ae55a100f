"""The files of an image in a tar archive. They are read in place: nothing is extracted."""

import errno
import gzip
import posixpath
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from operations.images.blobs import CHUNK_BYTES
from operations.images.files import AGAIN, GZIP, ZSTD, chunks_of
from tools.outside import OutsideError

MOST_FILES = 10_000
MOST_LINKS = 8
UNREADABLE = (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError, MemoryError, OSError)
"""The errors that tarfile raises for damaged archives, some of them because of numbers that cannot be right."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
        """Return the size of a regular file in bytes, or None for any other name."""
        found = self._member(name)
        return found.size if found else None

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that exists."""
        found = self._member(name)
        file = self._tar.extractfile(found) if found else None
        if file:
            with self._damaged(), file:
                yield from chunks_of(file)

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
        except UNREADABLE as error:
            raise OutsideError(f"{self.place}: the archive cannot be read ({_reason(error)}); {AGAIN}") from None


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
        except UNREADABLE as error:
            raise OutsideError(
                f"{place}: must be a tar archive ({_reason(error)}); write it with docker or skopeo"
            ) from None
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


def _reason(error: BaseException) -> str:
    return str(error) or "a header has a size that is larger than the memory"
