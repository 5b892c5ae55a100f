"""Images on this machine: an OCI layout, an archive, or an image of the local Docker engine."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from operations.images.archive import Archive, archive, scratch_file
from operations.images.docker_archive import DockerArchive
from operations.images.files import Folder, IncompleteError
from operations.images.layout import Layout
from operations.images.manifests import Image
from operations.images.progress import Progress
from operations.images.source import Source
from tools.outside import OutsideError
from tools.toolchain import processes

ENGINES = ("docker", "podman")
ACCEPTED = (
    "IMAGE must be the folder of an OCI layout, a docker or OCI archive, or an image of the local Docker engine such "
    "as shop:latest"
)


class LocalImage(Source, Protocol):
    """An image on this machine."""

    def platforms(self) -> set[str]:
        """Return the platforms of the image."""

    def image(self) -> Image:
        """Return the manifests, after the layers have been compressed if they were not."""


@contextmanager
def opened(text: str, progress: Progress) -> Iterator[LocalImage]:
    """Open an image. At the end of the block, its temporary files are deleted.

    Args:
        text: The path of a folder or of an archive, or the name of an image in the local Docker engine. If a folder or
            an archive has several images, its path is followed by a colon and the name of one image.
        progress: Shows what takes time.

    Raises:
        OutsideError: The image does not exist or is invalid.
    """
    with ExitStack() as stack:
        path, name = _found(text)
        place = str(path or text)
        path = path or stack.enter_context(_saved(_with_tag(text), progress))
        if path.is_dir():
            yield Layout(Folder(path), name)
        elif path.is_file():
            files = stack.enter_context(archive(path, place))
            yield _of_archive(files, name, stack, progress)
        else:
            raise OutsideError(f"{text}: is neither a folder nor a regular file; {ACCEPTED}")


def _found(text: str) -> tuple[Path | None, str | None]:
    """Return the path and the name of an image in a folder or an archive, or no path for an image of the engine."""
    for end in [len(text), *(each.start() for each in re.finditer(":", text))]:
        path, name = Path(text[:end]), text[end + 1 :] or None
        if end == 0 or not path.exists():
            continue
        if not path.is_dir() or (path / "oci-layout").exists():
            return path, name
        if end == len(text):
            raise OutsideError(
                f"{text}: the folder is not an OCI layout, because it has no file oci-layout; {ACCEPTED}"
            )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*", text) or text.endswith((".tar", ".tar.gz", ".tgz")):
        raise OutsideError(f"{text}: there is no such file or folder; {ACCEPTED}")
    return None, None


def _with_tag(name: str) -> str:
    """Return a name with a tag. Without a tag, `docker save` would save the images of all tags."""
    is_id = re.fullmatch(r"(sha256:)?[0-9a-f]{12,64}", name)
    return name if is_id or "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"


@contextmanager
def _saved(name: str, progress: Progress) -> Iterator[Path]:
    """Save an image of the local engine into a temporary archive.

    https://docs.docker.com/reference/cli/docker/image/save/
    """
    engine = next((each for each in ENGINES if shutil.which(each)), None)
    if not engine:
        raise OutsideError(
            f"{name}: there is no such file or folder, and neither docker nor podman is installed; {ACCEPTED}"
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file, command = Path(folder) / "image.tar", f"{engine} save {name}"
        progress.report(f"saves the image: {command}")
        code, output = processes.run(
            [engine, "save", "--output", str(file), name], cwd=Path(), environment=os.environ, on_line=lambda _: None
        )
        if code or not file.exists():
            said = " ".join(output.split()) or f"exit code {code}"
            raise OutsideError(f"{name}: there is no such file or folder, and `{command}` failed: {said}")
        yield file


def _of_archive(files: Archive, name: str | None, stack: ExitStack, progress: Progress) -> LocalImage:
    """Return the image in an archive.

    Since Docker 25, an archive has the files of both formats. The OCI layout has the digests of the image. But the
    layout may refer to images of other platforms, which Docker has not saved, and its layers may be uncompressed. In
    these cases the image is read as from a docker archive.
    """
    of_docker, of_layout = (files.size_bytes(file) is not None for file in ("manifest.json", "oci-layout"))
    if not of_docker and not of_layout:
        raise OutsideError(
            f"{files.place}: the archive must have a file manifest.json or oci-layout; write it with docker or skopeo"
        )
    if not of_docker:
        return Layout(files, name)
    if of_layout:
        try:
            layout = Layout(files, name)
        except IncompleteError:
            pass
        else:
            if layout.is_compressed:
                return layout
    return DockerArchive(files, name, scratch=stack.enter_context(scratch_file()), progress=progress)
