"""The files that the layers of an image make, and whether its command is one of them.

https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

import io
import logging
import lzma
import posixpath
import stat
import tarfile
import zlib
from collections.abc import Iterable

from localaws.json_types import JsonObject

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOST_LINKS = 40
UNREADABLE = (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error)
"""What Python raises for a layer that it cannot unpack."""

_OPAQUE, _WHITEOUT = ".wh..wh..opq", ".wh."


class ImageFiles:
    """The names of the files of an image, each with what tar says of it."""

    def __init__(self, layers: Iterable[bytes]) -> None:
        """Apply layers, the lowest first.

        Raises:
            UNREADABLE: A layer cannot be read.
        """
        self._files: dict[str, tarfile.TarInfo] = {}
        for layer in layers:
            self._apply(layer)

    def _apply(self, layer: bytes) -> None:
        added: dict[str, tarfile.TarInfo] = {}
        with tarfile.open(fileobj=io.BytesIO(layer), mode="r:*") as archive:
            for file in archive:
                path = posixpath.normpath(f"/{file.name}").replace("//", "/")
                folder, name = posixpath.split(path)
                if name == _OPAQUE:
                    self._remove(folder, itself=False)
                elif name.startswith(_WHITEOUT):
                    self._remove(posixpath.join(folder, name.removeprefix(_WHITEOUT)), itself=True)
                else:
                    added[path] = file
        self._files |= added

    def _remove(self, path: str, *, itself: bool) -> None:
        below = f"{path.rstrip('/')}/"
        gone = [name for name in self._files if name.startswith(below) or (itself and name == path)]
        for name in gone:
            del self._files[name]

    def find(self, path: str) -> tarfile.TarInfo | None:
        """Return the file at an absolute path, with the links on the way followed; None if there is none."""
        left, at, links = [part for part in path.split("/") if part], "/", 0
        while left:
            at = posixpath.normpath(posixpath.join(at, left.pop(0)))
            file = self._files.get(at)
            if file and file.issym():
                links += 1
                if links > _MOST_LINKS:
                    return None
                left = [*[part for part in file.linkname.split("/") if part], *left]
                at = "/" if file.linkname.startswith("/") else posixpath.dirname(at)
        return self._files.get(at)


def fault_of_command(layers: Iterable[bytes], config: JsonObject, container: JsonObject) -> str:
    """Return what the runtime says of a command that cannot be run, "" if it can.

    The command is the container definition's, or else the image's. Layers that cannot be read hold any command.

    Args:
        layers: The layers of the image, the lowest first.
        config: The configuration of the image.
        container: The container definition.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://github.com/opencontainers/runc/issues/4713
    https://github.com/aws/amazon-ecs-agent/issues/2954
    """
    said = config.get("config") or {}
    entry_point = container.get("entryPoint")
    own = [] if entry_point else said.get("Cmd") or []  # another entry point leaves the image's command out
    command = [*(entry_point or said.get("Entrypoint") or []), *(container.get("command") or own)]
    if not command:
        return ""
    try:
        files = ImageFiles(layers)
    except UNREADABLE as error:
        logging.warning("%s: its command is not looked for: a layer cannot be read: %s", container["image"], error)
        return ""
    program = str(command[0])
    if "/" in program:
        place = posixpath.join("/", container.get("workingDirectory") or said.get("WorkingDir") or "/", program)
        file = files.find(place)
        if file is None:
            return f'exec: "{program}": stat {program}: no such file or directory'
        return "" if _is_executable(file) else f'exec: "{program}": permission denied'
    variables = dict(entry.split("=", 1) for entry in said.get("Env") or [] if "=" in entry)
    variables |= {each["name"]: each["value"] for each in container.get("environment", [])}
    places = (posixpath.join(folder, program) for folder in variables.get("PATH", _DEFAULT_PATH).split(":"))
    if any((file := files.find(place)) and _is_executable(file) for place in places):
        return ""
    return f'exec: "{program}": executable file not found in $PATH'


def _is_executable(file: tarfile.TarInfo) -> bool:
    return not file.isdir() and bool(file.mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH))
