"""The files in the layers of an image, and the commands that it contains."""

import gzip
import io
import tarfile
from typing import Any

import pytest

from localaws.ecs.image_files import ImageFiles, command_error

LINK = "link:"


def _layer(files: dict[str, str], *, executable: bool = True) -> bytes:
    """Return a layer of files. The content `link:TARGET` makes a symbolic link, and `/` makes a folder."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            file = tarfile.TarInfo(name)
            file.mode = 0o755 if executable else 0o644
            if content.startswith(LINK):
                file.type, file.linkname = tarfile.SYMTYPE, content.removeprefix(LINK)
                tar.addfile(file)
            elif content == "/":
                file.type = tarfile.DIRTYPE
                tar.addfile(file)
            else:
                file.size = len(content)
                tar.addfile(file, io.BytesIO(content.encode()))
    return gzip.compress(archive.getvalue(), mtime=0)


def _error(files: dict[str, str], config: dict[str, Any] | None = None, **container: Any) -> str:
    return command_error([_layer(files)], {"config": config or {}}, {"image": "i", "name": "app", **container})


def test_an_upper_layer_replaces_removes_and_hides_files() -> None:
    lower = {"etc/a": "1", "etc/b": "2", "srv/app/old": "3", "srv/app/older": "4", "bin/sh": "5"}
    upper = {"etc/.wh.a": "", "srv/app/.wh..wh..opq": "", "srv/app/new": "6", "./bin/sh": "77"}
    files = ImageFiles([_layer(lower), _layer(upper)])

    found = [
        name for name in ("/etc/a", "/etc/b", "/srv/app/old", "/srv/app/older", "/srv/app/new") if files.find(name)
    ]
    assert found == ["/etc/b", "/srv/app/new"]
    shell = files.find("/bin/sh")
    assert shell
    assert shell.size == 2


def test_links_are_followed_but_not_in_a_loop() -> None:
    files = ImageFiles(
        [
            _layer(
                {
                    "usr/bin/python3.13": "x",
                    "usr/bin/python3": f"{LINK}python3.13",
                    "bin": f"{LINK}usr/bin",
                    "python": f"{LINK}/bin/../bin/python3",
                    "loop": f"{LINK}/loop",
                    "dangling": f"{LINK}nowhere",
                }
            )
        ]
    )

    assert [bool(files.find(path)) for path in ("/python", "/bin/python3", "/loop", "/dangling")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("config", "container", "error"),
    [
        ({"Cmd": ["serve"]}, {}, ""),
        ({"Entrypoint": ["serve"], "Cmd": ["none"]}, {}, ""),
        ({"Cmd": ["none"]}, {"command": ["serve"]}, ""),
        ({"Entrypoint": ["none"]}, {"entryPoint": ["/usr/bin/serve"]}, ""),
        ({"Cmd": ["bin/serve"], "WorkingDir": "/usr"}, {}, ""),
        ({"Cmd": ["bin/serve"]}, {"workingDirectory": "/usr"}, ""),
        ({}, {}, ""),
        ({"Cmd": ["own"], "Env": ["PATH=/opt", "A"]}, {}, ""),
        ({"Cmd": ["own"]}, {"environment": [{"name": "PATH", "value": "/opt"}]}, ""),
        ({"Cmd": ["own"]}, {}, 'exec: "own": executable file not found in $PATH'),
        ({"Cmd": ["serve --now"]}, {}, 'exec: "serve --now": executable file not found in $PATH'),
        ({"Cmd": ["/serve"]}, {}, 'exec: "/serve": stat /serve: no such file or directory'),
        ({"Cmd": ["/opt"]}, {}, 'exec: "/opt": permission denied'),
    ],
)
def test_a_command_is_found_as_the_runtime_finds_it(
    config: dict[str, Any], container: dict[str, Any], error: str
) -> None:
    assert _error({"usr/bin/serve": "x", "opt": "/", "opt/own": "x"}, config, **container) == error


def test_a_file_that_is_not_executable_is_refused() -> None:
    layers = [_layer({"usr/bin/serve": "x"}, executable=False)]

    errors = [
        command_error(layers, {"config": {"Cmd": [command]}}, {"image": "i"}) for command in ("serve", "/usr/bin/serve")
    ]
    assert errors == [
        'exec: "serve": executable file not found in $PATH',
        'exec: "/usr/bin/serve": permission denied',
    ]


@pytest.mark.parametrize(
    "layer",
    [
        b"",
        b"zstd",
        gzip.compress(b"no archive", mtime=0),
        _layer({"a": "x" * 99})[:-20],
        _layer({"a": "x" * 9})[:-30] + b"garbage",
        b"\x1f\x8b\x08" + b"x" * 99,
    ],
)
def test_unreadable_layers_count_as_having_the_command(layer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert command_error([layer], {"config": {"Cmd": ["serve"]}}, {"image": "shop"}) == ""
    assert "shop: the command is not checked" in caplog.text
