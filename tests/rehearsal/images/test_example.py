"""The image of examples/app for the rehearsal: what the local ECS finds in it, and the layout on the disk."""

import gzip
import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from rich.console import Console

from localaws.ecs import image_files
from operations.images.local import opened
from operations.images.manifests import digest
from operations.images.progress import Progress
from rehearsal.images import example
from rehearsal.images.dockerfile import Dockerfile
from rehearsal.images.image import Image
from tools.outside import OutsideError

CONTAINER = {"image": "app", "name": "app"}


@pytest.fixture(scope="module")
def image() -> Image:
    return example.build(example.APPLICATION)


def config(image: Image) -> dict[str, object]:
    read: dict[str, object] = json.loads(image.blobs[0])
    return read


def layers(image: Image) -> list[bytes]:
    """Return the layers. The other blobs are the configuration before them, and the attestation after them."""
    return list(image.blobs[1:-2])


def files(layer: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as tar:
        return {file.name: content.read() for file in tar if (content := tar.extractfile(file))}


def test_the_parameters_are_those_of_the_dockerfile(image: Image) -> None:
    dockerfile = Dockerfile.read(example.APPLICATION / "Dockerfile")

    assert config(image)["config"] == {
        "User": "1000:1000",
        "ExposedPorts": {"3000/tcp": {}},
        "Env": [f"PATH={example.PATH}", "DB_CA_FILE=/etc/ssl/rds-global-bundle.pem"],
        "Cmd": dockerfile.command,
        "WorkingDir": "/app",
    }


def test_the_local_ecs_finds_the_command(image: Image) -> None:
    assert image_files.command_error(layers(image), config(image), CONTAINER) == ""
    missing = {**CONTAINER, "command": ["other"]}
    assert "not found" in image_files.command_error(layers(image), config(image), missing)


def test_the_application_needs_no_other_packages_than_those_in_the_image(image: Image, tmp_path: Path) -> None:
    """The packages of the virtual environment are not on the path. The worker's module imports all other modules."""
    for layer in layers(image):
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(layer))) as tar:
            tar.extractall(tmp_path, filter="data")
    [packages] = tmp_path.glob("usr/local/lib/python*/site-packages")

    paths = f"sys.path += [{str(packages)!r}, {str(tmp_path / 'app')!r}]"
    run = ["-I", "-S", "-c", f"import sys; {paths}; import gunicorn.app.wsgiapp, notes.server, notes.web"]

    subprocess.run([sys.executable, *run], check=True)


def test_programs_of_packages_run_with_the_python_of_the_image(image: Image) -> None:
    [program] = [
        files(layer)["usr/local/bin/gunicorn"] for layer in layers(image) if "usr/local/bin/gunicorn" in files(layer)
    ]

    assert program.startswith(b"#!/usr/local/bin/python\n")
    assert str(sys.prefix).encode() not in program


def test_the_layer_of_the_application_has_its_files_only(image: Image) -> None:
    own = files(layers(image)[-1])

    notes = example.APPLICATION / "notes"
    there = {f"app/{file.relative_to(notes.parent)}" for file in [*notes.glob("*.py"), *notes.glob("sql/*.sql")]}
    assert own.keys() == there | {"app/requirements.txt"}
    assert own["app/notes/web.py"] == (notes / "web.py").read_bytes()


def test_a_second_run_replaces_the_layout_by_the_same_image(image: Image, tmp_path: Path) -> None:
    layout = tmp_path / "rehearsals" / "example-app"

    first = example.write(example.build(example.APPLICATION), layout)
    (layout / "left over").touch()
    second = example.write(image, layout)

    assert first == second
    assert sorted(file.name for file in layout.iterdir()) == ["blobs", "index.json", "oci-layout"]
    assert [folder.name for folder in layout.parent.iterdir()] == ["example-app"]


def test_make_push_reads_the_layout(image: Image, tmp_path: Path) -> None:
    written = example.write(image, tmp_path / "layout")

    with opened(str(tmp_path / "layout"), Progress(Console(quiet=True))) as local:
        found = local.image()
        blobs = {blob.digest: b"".join(local.download(blob)) for blob in found.blobs}
        assert local.platforms() == {"linux/amd64"}
    assert found.digest == written
    assert blobs == {digest(blob): blob for blob in image.blobs}


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (apt-get install skopeo)")
def test_skopeo_reads_the_layout(image: Image, tmp_path: Path) -> None:
    example.write(image, tmp_path / "layout")

    found = subprocess.check_output(["skopeo", "inspect", "--config", f"oci:{tmp_path}/layout"])

    assert json.loads(found) == config(image)


def test_an_installed_package_of_another_version_is_named(tmp_path: Path) -> None:
    copy = tmp_path / "app"
    shutil.copytree(example.APPLICATION, copy)
    (copy / "requirements.txt").write_text('colorless==1.0; python_version < "3"\nflask==1.0 --hash=sha256:0\n')

    with pytest.raises(OutsideError, match=r"requirements.txt: flask must be ==1\.0, but \.venv has \d") as error:
        example.build(copy)

    assert "run any other make command" in str(error.value)


def test_the_command_says_where_the_image_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = tmp_path / ".rehearsal" / "example-app"
    monkeypatch.setattr("tools.toolchain.ROOT", tmp_path)
    monkeypatch.setattr(example, "LAYOUT", layout)

    assert example.main() == 0

    [top] = json.loads((layout / "index.json").read_bytes())["manifests"]
    first, *_, last, _ = capsys.readouterr().out.split("\n")
    assert first == f"Wrote .rehearsal/example-app: {top['digest']}, linux/amd64"
    assert last.strip() == "make push IMAGE=.rehearsal/example-app"
