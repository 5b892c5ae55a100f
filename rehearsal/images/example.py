"""`make example-image`: writes examples/app as an OCI image layout, on a machine without Docker.

The image is for the rehearsal: it cannot run. Its base image and its downloads are replaced by small files, because the
local AWS runs no container. The local ECS only looks for the container's command in the image. The image has the user,
the port, the variables and the command of the Dockerfile, the application's files, and the packages that it requires.
The packages are those in the project's virtual environment, for the Python of this machine.
"""

import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from rehearsal.images.dockerfile import Dockerfile
from rehearsal.images.image import File, Image, archive
from rehearsal.images.layouts import write_layout
from tools import toolchain
from tools.outside import OutsideError
from tools.toolchain import program

APPLICATION = toolchain.ROOT / "examples" / "app"
LAYOUT = toolchain.ROOT / ".rehearsal" / "example-app"
PROGRAMS = "/usr/local/bin"
PATH = f"{PROGRAMS}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
STAND_IN = b"This file replaces a file of the base image, or a download, in an image for the rehearsal.\n"


def build(application: Path) -> Image:
    """Build the image of an application.

    Raises:
        UnsupportedError: The Dockerfile has an instruction that is not supported.
        OutsideError: An installed package does not have the locked version.
    """
    dockerfile = Dockerfile.read(application / "Dockerfile")
    packages = f"/usr/local/lib/python{dockerfile.python}/site-packages"
    base = {f"{PROGRAMS}/python": File(STAND_IN, executable=True)} | {
        path: File(STAND_IN) for path in dockerfile.downloads
    }
    own: dict[str, File] = {}
    for source, target in dockerfile.copies:
        own |= dict(_files(application / source, target))
    layers = [base, dict(_packages(application / dockerfile.requirements, packages)), own]
    return Image.assemble([archive(layer) for layer in layers], _settings(dockerfile))


def _settings(dockerfile: Dockerfile) -> dict[str, object]:
    """Return the execution parameters, which a container of the image starts with.

    https://github.com/opencontainers/image-spec/blob/main/config.md
    """
    variables = {"PATH": PATH, **dockerfile.variables}
    return {
        "User": dockerfile.user,
        "ExposedPorts": {f"{port}/tcp": {} for port in dockerfile.ports},
        "Env": [f"{name}={value}" for name, value in variables.items()],
        "Cmd": dockerfile.command,
        "WorkingDir": dockerfile.folder,
    }


def _files(source: Path, target: str) -> Iterator[tuple[str, File]]:
    """Yield the files of a file or folder, each with its path in the image."""
    for file in [source] if source.is_file() else sorted(source.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            path = "/".join((target, *file.relative_to(source).parts))
            yield path, File(file.read_bytes(), executable=bool(file.stat().st_mode & 0o100))


def _packages(requirements: Path, folder: str) -> Iterator[tuple[str, File]]:
    """Yield the installed files of the required packages, each with its path in the image.

    Raises:
        OutsideError: An installed package does not have the locked version.
    """
    for line in requirements.read_text(encoding="utf-8").splitlines():
        requirement = Requirement(line.partition(" --hash")[0])
        if requirement.marker and not requirement.marker.evaluate():
            continue
        package = metadata.distribution(requirement.name)
        if package.version not in requirement.specifier:
            raise OutsideError(
                f"{requirements}: {requirement.name} must be {requirement.specifier}, but .venv has {package.version}; "
                "run any other make command, which installs the locked packages"
            )
        for file in package.files or []:
            if file.suffix != ".pyc":
                content = file.read_binary()
                if file.parts[0] == ".." and "bin" in file.parts:
                    yield f"{PROGRAMS}/{file.name}", File(_of_python(content), executable=True)
                else:
                    yield f"{folder}/{file}", File(content)


def _of_python(script: bytes) -> bytes:
    """Return a program of a package with the path of Python in the image."""
    _, _, rest = script.partition(b"\n")
    return f"#!{PROGRAMS}/python\n".encode() + rest


def write(image: Image, layout: Path) -> str:
    """Write the layout in place of an older one, and return the digest of the image.

    A reader finds the old layout, the new one, or none for a moment, but never a part of a layout.
    """
    layout.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{layout.name}.", dir=layout.parent) as folder:
        new, old = Path(folder, "new"), Path(folder, "old")
        digest = write_layout(new, [image])
        if layout.exists():
            layout.rename(old)
        new.rename(layout)
    return digest


def main() -> int:
    """Write the layout, and return the exit code."""

    def run() -> int:
        digest = write(build(APPLICATION), LAYOUT)
        place = LAYOUT.relative_to(toolchain.ROOT)
        sys.stdout.write(
            f"Wrote {place}: {digest}, linux/amd64\n"
            f"This image is for the rehearsal, and cannot run. To push it into a kept rehearsal:\n\n"
            f"    make push IMAGE={place}\n"
        )
        return 0

    return program.run(run)


if __name__ == "__main__":
    sys.exit(main())
