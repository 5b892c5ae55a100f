"""The files in the layers of an image, and the check that the image contains the command of a container.

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
"""The exceptions for a layer that Python cannot unpack."""

_OPAQUE, _WHITEOUT = ".wh..wh..opq", ".wh."


class ImageFiles:
    """The files of an image by path, each with its tar header."""

    def __init__(self, layers: Iterable[bytes]) -> None:
        """Apply the layers, the lowest first.

        Raises:
            UNREADABLE: Python cannot unpack a layer.
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
        removed = [name for name in self._files if name.startswith(below) or (itself and name == path)]
        for name in removed:
            del self._files[name]

    def find(self, path: str) -> tarfile.TarInfo | None:
        """Return the file at an absolute path, or None. Symbolic links on the path are followed."""
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


def command_error(layers: Iterable[bytes], config: JsonObject, container: JsonObject) -> str:
    """Return the error of the container runtime if it cannot run the container's command, otherwise "".

    A command in the container definition replaces the command of the image. If a layer cannot be unpacked, the command
    is not checked, and the result is "".

    Args:
        layers: The layers of the image, the lowest first.
        config: The configuration of the image.
        container: The container definition.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://github.com/opencontainers/runc/issues/4713
    https://github.com/aws/amazon-ecs-agent/issues/2954
    """
    defaults = config.get("config") or {}
    entry_point = container.get("entryPoint")
    own = [] if entry_point else defaults.get("Cmd") or []  # a new entry point resets the command of the image
    command = [*(entry_point or defaults.get("Entrypoint") or []), *(container.get("command") or own)]
    if not command:
        return ""
    try:
        files = ImageFiles(layers)
    except UNREADABLE as error:
        logging.warning("%s: the command is not checked: a layer cannot be unpacked: %s", container["image"], error)
        return ""
    program = str(command[0])
    if "/" in program:
        path = posixpath.join("/", container.get("workingDirectory") or defaults.get("WorkingDir") or "/", program)
        file = files.find(path)
        if file is None:
            return f'exec: "{program}": stat {program}: no such file or directory'
        return "" if _is_executable(file) else f'exec: "{program}": permission denied'
    variables = dict(entry.split("=", 1) for entry in defaults.get("Env") or [] if "=" in entry)
    variables |= {each["name"]: each["value"] for each in container.get("environment", [])}
    paths = (posixpath.join(folder, program) for folder in variables.get("PATH", _DEFAULT_PATH).split(":"))
    if any((file := files.find(path)) and _is_executable(file) for path in paths):
        return ""
    return f'exec: "{program}": executable file not found in $PATH'


def _is_executable(file: tarfile.TarInfo) -> bool:
    return not file.isdir() and bool(file.mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH))
