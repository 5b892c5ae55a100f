"""Tests of images on this machine: layouts, archives of all versions of docker, and images of the local engine."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from operations.images.local import opened
from operations.images.manifests import Image as Found
from operations.images.manifests import digest
from operations.images.progress import Progress
from rehearsal.images.image import CONFIG, LAYER, MANIFEST, Image
from rehearsal.images.layouts import write_layout
from tests.support.images.archives import contents, saved_before_25, saved_since_25, write
from tests.support.synthesized import ROOT
from tools.outside import OutsideError

IMAGE = Image.build(b"content")
ACCEPTED = "; IMAGE must be the folder of an OCI layout, a docker or OCI archive, or an image of the local Docker .+"
needs_skopeo = pytest.mark.skipif(
    shutil.which("skopeo") is None, reason="skopeo is not installed (apt-get install skopeo)"
)


def read(text: object) -> tuple[Found, list[bytes]]:
    """The image, and all its blobs."""
    with opened(str(text), Progress(Console(file=StringIO()))) as local:
        image = local.image()
        assert local.platforms() == {"linux/amd64"}
        return image, [b"".join(local.download(blob)) for blob in image.blobs]


def refused(text: object) -> str:
    with pytest.raises(OutsideError) as error:
        read(text)
    return str(error.value)


def skopeo(*arguments: str) -> str:
    return subprocess.run(
        ["skopeo", "--insecure-policy", *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_layout(tmp_path / "layout", [IMAGE])
    return tmp_path / "layout"


def test_a_folder_and_an_archive_of_a_layout_are_the_same_image(layout: Path, tmp_path: Path) -> None:
    archive = write(tmp_path / "image.tar", contents(layout))
    (tmp_path / "image.tgz").write_bytes(gzip.compress(archive.read_bytes()))

    image, blobs = read(layout)

    assert blobs == [*IMAGE.blobs]
    for text in (f"{layout}:latest", archive, f"{archive}:latest", tmp_path / "image.tgz"):
        assert read(text) == (image, blobs)


@pytest.mark.parametrize("saved", [saved_before_25, saved_since_25])
def test_uncompressed_layers_of_docker_are_compressed(saved: type, tmp_path: Path) -> None:
    archive = write(tmp_path / "image.tar", saved(IMAGE))

    image, (config, layer) = read(archive)

    assert config == IMAGE.blobs[0]
    assert [digest(gzip.decompress(layer))] == json.loads(config)["rootfs"]["diff_ids"]
    [manifest] = image.manifests
    assert json.loads(manifest.text) == {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": LAYER, "digest": digest(layer), "size": len(layer)}],
    }
    assert read(f"{archive}:shop:latest") == (image, [config, layer])


def test_compressed_layers_of_docker_stay_as_they_are(tmp_path: Path) -> None:
    """The image store of containerd saves an index, but not the attestation to which the index refers."""
    image, blobs = read(write(tmp_path / "image.tar", saved_since_25(IMAGE, compressed=True)))

    assert blobs == [*IMAGE.blobs[:2]]
    assert [manifest.text.encode() for manifest in image.manifests] == [IMAGE.manifests[0]]


def test_a_complete_index_of_docker_keeps_its_digest(tmp_path: Path) -> None:
    files = saved_since_25(IMAGE, compressed=True)
    write_layout(tmp_path / "layout", [IMAGE])

    image, blobs = read(write(tmp_path / "image.tar", contents(tmp_path / "layout") | files))

    assert (image.digest, blobs) == (digest(IMAGE.index), [*IMAGE.blobs])


def test_a_layer_compressed_with_zstd_stays_as_it_is(tmp_path: Path) -> None:
    files, packed = saved_before_25(IMAGE), b"\x28\xb5\x2f\xfd and more"
    [name] = [each for each in files if each.endswith("layer.tar")]

    image, (_, layer) = read(write(tmp_path / "image.tar", files | {name: packed}))

    assert layer == packed
    assert json.loads(image.manifests[0].text)["layers"][0]["mediaType"].endswith("tar+zstd")


def test_a_link_to_a_layer_is_followed_inside_the_archive(tmp_path: Path) -> None:
    files = saved_before_25(IMAGE)
    [name] = [each for each in files if each.endswith("layer.tar")]
    whole = read(write(tmp_path / "image.tar", files))
    layer = files.pop(name)

    for target, where in (("../other/layer.tar", "other/layer.tar"), (f"../{'0' * 64}/x.tar", f"{'0' * 64}/x.tar")):
        archive = write(tmp_path / "links.tar", files | {where: layer}, {name: target})
        assert read(archive) == whole
    for target in ("/etc/hostname", "../../../etc/hostname", name.rpartition("/")[2]):
        archive = write(tmp_path / "links.tar", files, {name: target})
        assert refused(archive) == f"{archive}: the file {name} is missing; the image is damaged: write it again"


def test_several_images_of_an_archive_are_listed(tmp_path: Path) -> None:
    files = saved_before_25(IMAGE) | {"x": b""}
    [saved] = json.loads(files["manifest.json"])
    both = [saved, saved | {"RepoTags": ["docker.io/library/shop:v1"]}]
    archive = write(tmp_path / "image.tar", files | {"manifest.json": json.dumps(both).encode()})

    assert refused(archive) == (
        f"{archive}: must contain one image, got shop:latest, shop:v1; choose one of several: IMAGE={archive}:<name>"
    )
    assert read(f"{archive}:shop:v1") == read(f"{archive}:shop:latest")


def damaged(**changes: object) -> bytes:
    [saved] = json.loads(saved_before_25(IMAGE)["manifest.json"])
    return json.dumps([saved | changes]).encode()


CONFIG_NAME = json.loads(damaged())[0]["Config"]
LAYER_NAME = json.loads(damaged())[0]["Layers"][0]

FAULTS = {
    "no list": ({"manifest.json": b"{}"}, r"manifest.json: must be a valid array; .+"),
    "no layers": ({"manifest.json": b'[{"Config": "x"}]'}, r"manifest.json: 0.Layers: Field required; .+"),
    "no image": ({"manifest.json": b"[]"}, r"must contain one image, got none; .+"),
    "a configuration that is a path": (
        {"manifest.json": damaged(Config="../../../etc/passwd")},
        r"the file ../../../etc/passwd is missing; .+",
    ),
    "another number of layers": (
        {"manifest.json": damaged(Layers=[])},
        rf"{CONFIG_NAME}: must have a digest for each of 0 layers, got 1",
    ),
    "a missing layer": ({"manifest.json": damaged(Layers=["/layer.tar"])}, r"the file /layer.tar is missing; .+"),
    "another configuration": (
        {CONFIG_NAME: b"{}"},
        rf"{CONFIG_NAME}: must have the digest sha256:\w+, got {digest(b'{}')}; .+",
    ),
    "a configuration without layers": (
        {"manifest.json": damaged(Config="config"), "config": b"{}"},
        r"config: rootfs: Field required; .+",
    ),
    "another layer": ({LAYER_NAME: b"other"}, rf"{LAYER_NAME}: must have the digest sha256:\w+, got sha256:\w+; .+"),
    "neither format": (
        {"manifest.json": None},
        r"the archive must have a file manifest.json or oci-layout; write it with docker or skopeo",
    ),
}


@pytest.mark.parametrize(("changes", "message"), FAULTS.values(), ids=FAULTS)
def test_each_fault_of_a_docker_archive_is_named(
    changes: dict[str, bytes | None], message: str, tmp_path: Path
) -> None:
    files = {name: content for name, content in (saved_before_25(IMAGE) | changes).items() if content is not None}
    archive = write(tmp_path / "image.tar", files)

    assert re.fullmatch(rf"{re.escape(str(archive))}: {message}", refused(archive))


def test_a_compressed_layer_with_other_bytes_is_named(tmp_path: Path) -> None:
    files = saved_since_25(IMAGE, compressed=True)
    [name] = json.loads(files["manifest.json"])[0]["Layers"]
    archive = write(tmp_path / "image.tar", files | {name: gzip.compress(b"other")[:-1] + b"x"})

    assert f"{archive}: {name}: must have " in refused(archive)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"must be a tar archive \(empty file\); write it with docker or skopeo"),
        (b"x" * 2000, r"must be a tar archive \(.+\); write it with docker or skopeo"),
        (gzip.compress(b"x" * 2000), r"must be a tar archive \(.+\); write it with docker or skopeo"),
        (gzip.compress(b"x" * 2000)[:-9], r"cannot be decompressed \(.+\); the image is damaged: write it again"),
        (b"\x28\xb5\x2f\xfdx", r"must be a tar archive, got one that is compressed with zstd; decompress it"),
    ],
    ids=["empty", "no tar", "compressed, but no tar", "compressed, but too short", "zstd"],
)
def test_a_file_that_is_no_archive_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(content)

    assert re.fullmatch(rf"{re.escape(str(tmp_path / 'image.tar'))}: {message}", refused(tmp_path / "image.tar"))


def header(name: str, kind: bytes, size: int) -> bytes:
    """A header of a tar archive, also with a size that no file has."""
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


HOSTILE = {
    "a long name of many long names": header("x", tarfile.GNUTYPE_LONGNAME, 1) * 20_000,
    "a long name without an end": header("x", tarfile.GNUTYPE_LONGNAME, 2**60),
    "extended headers without an end": header("x", tarfile.XHDTYPE, 2**60),
    "a negative size": header("x", tarfile.REGTYPE, -512) * 2,
    "a file that is larger than the archive": header("manifest.json", tarfile.REGTYPE, 2**20),
    "a sparse file": header("manifest.json", tarfile.GNUTYPE_SPARSE, 2**50),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    archive.write_bytes(content + bytes(1024))

    assert refused(archive).startswith(f"{archive}: ")


def test_a_link_to_itself_leads_to_no_file(tmp_path: Path) -> None:
    archive = write(tmp_path / "image.tar", {"x": b""}, {"manifest.json": "oci-layout", "oci-layout": "manifest.json"})

    assert refused(archive).startswith(f"{archive}: the archive must have a file manifest.json or oci-layout; ")


def test_an_archive_with_too_many_files_is_refused(tmp_path: Path) -> None:
    archive = write(tmp_path / "image.tar", {str(number): b"" for number in range(10_001)})

    assert refused(archive) == f"{archive}: an archive with an image must have at most 10,000 files"


@given(st.data())
def test_a_damaged_archive_is_an_image_or_one_message(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    archive = write(tmp_path_factory.mktemp("any") / "image.tar", saved_before_25(IMAGE))
    whole = read(archive)
    content = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content) - 1))
        content[start : start + 12] = data.draw(st.binary(min_size=1, max_size=12))
    archive.write_bytes(content[: data.draw(st.integers(1, len(content)))])

    with suppress(OutsideError):
        assert read(archive)[1] == whole[1]


def test_memory_does_not_grow_with_a_layer(tmp_path: Path) -> None:
    """The peak is that of a separate process, because this one has used more memory before."""
    script = """
import resource, sys
from rich.console import Console
from operations.images.local import opened
from operations.images.progress import Progress
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with opened(sys.argv[1], Progress(Console(quiet=True))) as local:
    for blob in local.image().blobs:
        for chunk in local.download(blob):
            pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = []
    for mebibytes in (1, 64):
        archive = write(tmp_path / "image.tar", saved_before_25(Image.build(bytes(mebibytes * 2**20))))
        done = subprocess.run([sys.executable, "-c", script, archive], cwd=ROOT, check=True, capture_output=True)
        grown.append(int(done.stdout))

    assert grown[1] - grown[0] < 20_000 * (1024 if sys.platform == "darwin" else 1)


@needs_skopeo
@pytest.mark.parametrize(("kind", "name"), [("oci", "v1"), ("oci-archive", "v1"), ("docker-archive", "shop:v1")])
def test_what_skopeo_writes_is_read(kind: str, name: str, layout: Path, tmp_path: Path) -> None:
    place = f"{kind}:{tmp_path / 'image'}:{name}"
    skopeo("copy", f"oci:{layout}:latest", place)

    image, (config, layer) = read(f"{tmp_path / 'image'}:{name}")

    assert read(tmp_path / "image")[0] == image
    assert config.decode() == skopeo("inspect", "--config", "--raw", place)
    assert [digest(gzip.decompress(layer))] == json.loads(config)["rootfs"]["diff_ids"]
    if kind != "docker-archive":
        assert image.manifests[0].text == skopeo("inspect", "--raw", place)


@needs_skopeo
def test_skopeo_keeps_an_index_whole(layout: Path, tmp_path: Path) -> None:
    skopeo("copy", "--all", f"oci:{layout}:latest", f"oci-archive:{tmp_path / 'image.tar'}:v1")

    assert read(tmp_path / "image.tar") == read(layout)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only one in PATH, and where a test puts the script of an engine."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    return tmp_path / "bin"


def script(file: Path, *commands: str) -> None:
    """Write a script in place of an engine, which takes the arguments of `docker save --output <file> <image>`."""
    lines = ["#!/bin/sh", '[ "$1 $2 $#" = "save --output 4" ] || { echo "unknown: $*"; exit 2; }', *commands]
    file.write_text("\n".join(lines))
    file.chmod(0o755)


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_an_image_of_the_local_engine_is_saved_and_read(name: str, engine: Path, tmp_path: Path) -> None:
    archive = write(tmp_path / "image.tar", saved_since_25(IMAGE))
    script(engine / name, f'[ "$4" = "shop:latest" ] && /bin/cp {archive} "$3"')
    (tmp_path / "shop").mkdir()

    with pytest.MonkeyPatch.context() as inside:
        inside.chdir(tmp_path)
        found = read("shop:latest")

    assert found == read(archive)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "saved"),
    [
        ("shop", "shop:latest"),
        ("localhost:5000/shop", "localhost:5000/shop:latest"),
        ("localhost:5000/shop:v1", "localhost:5000/shop:v1"),
        ("0123456789ab", "0123456789ab"),
        (f"shop@{digest(b'')}", f"shop@{digest(b'')}"),
    ],
)
def test_the_engine_saves_one_image(text: str, saved: str, engine: Path) -> None:
    """`docker save` saves the images of all tags of a name without a tag."""
    script(engine / "docker", 'echo "asked for $4"; exit 1')

    assert refused(text).endswith(f"`docker save {saved}` failed: asked for {saved}")


def test_a_failing_engine_says_why(engine: Path) -> None:
    script(engine / "docker", "echo 'Error response from daemon: reference does not exist'; exit 1")

    assert refused("shop:v9") == (
        "shop:v9: there is no such file or folder, and `docker save shop:v9` failed: Error response from daemon: "
        "reference does not exist"
    )
    script(engine / "docker")
    assert refused("shop:v9").endswith("`docker save shop:v9` failed: exit code 0")


@pytest.mark.usefixtures("engine")
def test_a_missing_engine_is_named() -> None:
    assert re.fullmatch(
        f"shop:v9: there is no such file or folder, and neither docker nor podman is installed{ACCEPTED}",
        refused("shop:v9"),
    )


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("text", ["missing.tar", "./missing", "/missing", "-h", "shop;x", "~/shop", "a b"])
def test_a_missing_file_is_not_asked_of_the_engine(text: str) -> None:
    assert re.fullmatch(f"{text}: there is no such file or folder{ACCEPTED}", refused(text))


def test_a_folder_that_is_no_layout_is_refused(tmp_path: Path) -> None:
    message = f"{tmp_path}: the folder is not an OCI layout, because it has no file oci-layout"
    assert re.fullmatch(f"{message}{ACCEPTED}", refused(tmp_path))


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    assert re.fullmatch(f"{pipe}: is neither a folder nor a regular file{ACCEPTED}", refused(pipe))
