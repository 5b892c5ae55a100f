"""The instructions of a Dockerfile that builds a Python image, as far as an image for the rehearsal needs them.

https://docs.docker.com/reference/dockerfile/
"""

import json
import posixpath
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.outside import OutsideError

REQUIREMENTS = re.compile(r"pip install [^&|;<>$`]*--requirement (\S+)")


class UnsupportedError(OutsideError):
    """An instruction that only `docker build` can run."""


@dataclass
class Dockerfile:
    """The instructions of a Dockerfile."""

    python: str = ""
    """The version in the tag of the base image, such as 3.13."""
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = ""
    ports: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    copies: list[tuple[str, str]] = field(default_factory=list)
    """Files and folders of the application, each with its path in the image."""
    downloads: list[str] = field(default_factory=list)
    """Paths in the image of the files that `docker build` downloads."""
    requirements: str = ""
    """The file of the application that lists the packages."""

    @classmethod
    def read(cls, file: Path) -> "Dockerfile":
        """Read the instructions in a file.

        Raises:
            UnsupportedError: An instruction is not supported.
        """
        dockerfile = cls()
        known: dict[str, Callable[[str], None]] = {
            "FROM": dockerfile._from,
            "ENV": dockerfile._env,
            "WORKDIR": dockerfile._workdir,
            "COPY": dockerfile._copy,
            "ADD": dockerfile._add,
            "RUN": dockerfile._run,
            "USER": dockerfile._user,
            "EXPOSE": dockerfile._expose,
            "CMD": dockerfile._cmd,
        }
        text = re.sub(r"^\s*#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for line in filter(None, map(str.strip, text.replace("\\\n", " ").splitlines())):
            name, _, rest = line.partition(" ")
            try:
                known[name.upper()](rest.strip())
            except (KeyError, ValueError):
                raise UnsupportedError(
                    f"{file}: {line}: not supported without Docker; build this image with `docker build`"
                ) from None
        return dockerfile

    def _from(self, text: str) -> None:
        """Read the base image. A second base image would be a build of several stages."""
        found = re.fullmatch(r"python:(\d+\.\d+)\S*", text)
        if not found or self.python:
            raise ValueError(text)
        self.python = found[1]

    def _env(self, text: str) -> None:
        for pair in shlex.split(text):
            name, value = pair.split("=", 1)
            self.variables[name] = value

    def _workdir(self, text: str) -> None:
        self.folder = self._place(text)

    def _copy(self, text: str) -> None:
        source, target = shlex.split(text)
        if target.endswith("/"):
            target = posixpath.join(target, posixpath.basename(source))
        self.copies.append((source, self._place(target)))

    def _add(self, text: str) -> None:
        *options, url, target = shlex.split(text)
        if not url.startswith("https://") or not all(
            option.startswith(("--chmod=", "--checksum=")) for option in options
        ):
            raise ValueError(text)
        self.downloads.append(self._place(target))

    def _run(self, text: str) -> None:
        found = REQUIREMENTS.fullmatch(text)
        if not found or self.requirements:
            raise ValueError(text)
        self.requirements = found[1]

    def _user(self, text: str) -> None:
        self.user = text

    def _expose(self, text: str) -> None:
        self.ports.append(str(int(text)))

    def _cmd(self, text: str) -> None:
        """Read the command. The form without JSON would need the shell of the base image."""
        self.command = list(json.loads(text))

    def _place(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, path))
