"""Tests of OCI layouts: a valid image is read whole, and each fault of an invalid one is named."""

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.images.files import MOST_BYTES, Folder, IncompleteError
from operations.images.layout import Layout
from operations.images.manifests import Manifest, digest
from rehearsal.images.image import CONFIG, INDEX, LAYER, MANIFEST, Image
from rehearsal.images.layouts import write_layout
from tests.support.images.archives import UNCOMPRESSED, blob
from tools.outside import OutsideError

IMAGE = Image.build(b"content")
CHILD, _ = IMAGE.manifests
LAYER_FILE = blob(IMAGE.blobs[1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A layout with one index, which has an image for linux/amd64 and an attestation."""
    write_layout(tmp_path / "image", [IMAGE])
    return tmp_path / "image"


def put(folder: Path, content: object) -> dict[str, Any]:
    """Write a document as a blob, and return its descriptor as an index."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / blob(text)).write_bytes(text)
    return {"mediaType": INDEX, "digest": digest(text), "size": len(text)}


def point_at(folder: Path, *descriptors: object) -> None:
    """Let index.json name images."""
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": descriptors}))


def layout(folder: Path, name: str | None = None) -> Layout:
    return Layout(Folder(folder), name)


def test_an_index_is_read_with_its_images_and_its_blobs(folder: Path) -> None:
    found = layout(folder)

    image = found.image()
    assert [each.text.encode() for each in image.manifests][:2] == [*IMAGE.manifests]
    assert (image.manifests[-1].digest, image.manifests[-1].media_type) == (image.digest, INDEX)
    assert [b"".join(found.download(each)) for each in image.blobs] == [*IMAGE.blobs]
    assert (found.platforms(), found.is_compressed) == ({"linux/amd64"}, True)


def test_an_image_without_an_index_has_the_platform_of_its_configuration(folder: Path) -> None:
    point_at(folder, {"mediaType": MANIFEST, "digest": digest(CHILD), "size": len(CHILD)})

    found = layout(folder)

    assert (found.image().digest, found.platforms()) == (digest(CHILD), {"linux/amd64"})


def test_an_image_is_chosen_by_each_of_its_names(folder: Path) -> None:
    child = {"mediaType": MANIFEST, "digest": digest(CHILD), "size": len(CHILD)}
    other = put(folder, {"schemaVersion": 2, "manifests": [child]})
    docker = {"org.opencontainers.image.ref.name": "v1", "io.containerd.image.name": "docker.io/library/shop:v1"}
    point_at(
        folder,
        {**child, "annotations": docker},
        {**child, "annotations": {"org.opencontainers.image.ref.name": "v1.0"}},
        {**other, "annotations": {"org.opencontainers.image.ref.name": "latest"}},
    )

    for name in ("v1", "v1.0", "shop:v1", "docker.io/library/shop:v1"):
        assert layout(folder, name).image().digest == digest(CHILD)
    assert layout(folder, "latest").image().digest == other["digest"]
    with pytest.raises(OutsideError, match=r"must contain one image, got v1\.0, latest; choose one of several: IMAGE="):
        layout(folder)
    with pytest.raises(OutsideError, match=r"must contain an image with the name v2, got v1\.0, latest$"):
        layout(folder, "v2")


def test_images_without_names_are_listed_by_digest_and_platform(folder: Path) -> None:
    child = {"mediaType": MANIFEST, "digest": digest(CHILD), "size": len(CHILD)}
    point_at(folder, {**child, "platform": {"os": "linux", "architecture": "amd64"}}, put(folder, {}))

    with pytest.raises(OutsideError, match=rf"got {digest(CHILD)} \(linux/amd64\), {digest(b'{}')}; choose"):
        layout(folder)


def test_a_terminal_is_safe_from_a_hostile_name(folder: Path) -> None:
    named = {"org.opencontainers.image.ref.name": "\x1b[2Jv1"}
    point_at(folder, {**put(folder, {}), "annotations": named}, put(folder, {"schemaVersion": 2}))

    with pytest.raises(OutsideError, match=r"got \\x1b\[2Jv1, sha256:"):
        layout(folder)


def test_a_terminal_is_safe_from_a_hostile_platform(folder: Path) -> None:
    hostile = {"os": "\x1b[2Jlinux", "architecture": "amd64"}
    child = {"mediaType": MANIFEST, "digest": digest(CHILD), "size": len(CHILD)}
    point_at(folder, put(folder, {"schemaVersion": 2, "manifests": [{**child, "platform": hostile}]}))

    assert layout(folder).platforms() == {r"\x1b[2Jlinux/amd64"}


def test_an_index_with_a_null_as_configuration_has_none(folder: Path) -> None:
    child = {"mediaType": MANIFEST, "digest": digest(CHILD), "size": len(CHILD)}
    point_at(folder, put(folder, {"schemaVersion": 2, "config": None, "manifests": [child]}))

    found = layout(folder)

    assert [manifest.config is None for manifest in found.image().manifests] == [False, True]
    assert found.platforms() == {"linux/amd64"}


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def with_text(name: str, text: str | bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def with_top(**how: Any) -> Callable[[Path], object]:
    """Change the descriptor in index.json."""

    def change(folder: Path) -> None:
        [top] = json.loads((folder / "index.json").read_text())["manifests"]
        point_at(folder, top | how)

    return change


def with_manifest(media_type: str = MANIFEST, **content: Any) -> Callable[[Path], object]:
    """Let index.json name a manifest with this content."""
    return lambda folder: point_at(folder, {**put(folder, {"schemaVersion": 2} | content), "mediaType": media_type})


def nested(folder: Path) -> None:
    top = put(folder, {"schemaVersion": 2, "manifests": []})
    for _ in range(5):
        top = put(folder, {"schemaVersion": 2, "manifests": [top]})
    point_at(folder, top)


def as_a_folder(folder: Path) -> None:
    (folder / LAYER_FILE).unlink()
    (folder / LAYER_FILE).mkdir()


def as_a_pipe(folder: Path) -> None:
    (folder / LAYER_FILE).unlink()
    os.mkfifo(folder / LAYER_FILE)


EMPTY = {"mediaType": CONFIG, "digest": digest(IMAGE.blobs[0]), "size": len(IMAGE.blobs[0])}
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no version": (without("oci-layout"), r"the file oci-layout is missing; the image is damaged: write it again"),
    "a version that is no JSON": (with_text("oci-layout", "1.0.0"), r"oci-layout: Invalid JSON: .+"),
    "a later version": (
        with_text("oci-layout", '{"imageLayoutVersion": "2.0.0"}'),
        r"oci-layout: imageLayoutVersion: must be '1.0.0'; .+",
    ),
    "no index": (without("index.json"), r"the file index.json is missing; .+"),
    "an empty index": (with_text("index.json", ""), r"index.json: Invalid JSON: .+"),
    "an index that is a list": (with_text("index.json", "[]"), r"index.json: .+"),
    "an index that is not UTF-8": (with_text("index.json", b'{"\xff": 1}'), r"index.json: Invalid JSON: .+"),
    "an index with a number that is too long": (
        with_text("index.json", f'{{"schemaVersion": 2, "x": {"9" * 5000}}}'),
        r"index.json: Invalid JSON: .+",
    ),
    "an index that is nested deeply": (
        with_text("index.json", "[" * 100_000),
        r"index.json: Invalid JSON: recursion limit exceeded .+",
    ),
    "a huge index": (
        with_text("index.json", " " * (MOST_BYTES + 1)),
        r"index.json must have at most 4,194,304 bytes, got 4,194,305",
    ),
    "no image": (point_at, r"must contain one image, got none; .+"),
    "a digest of another algorithm": (
        with_top(digest=f"sha512:{'0' * 128}"),
        r"index.json: manifests.0.digest: must match pattern .+",
    ),
    "a digest that is a path": (with_top(digest="sha256:../../../etc/passwd"), r"index.json: manifests.0.digest: .+"),
    "a negative size": (with_top(size=-1), r"index.json: manifests.0.size: must be greater than or equal to 0; .+"),
    "a size that is a text": (with_top(size="12"), r"index.json: manifests.0.size: must be a valid integer; .+"),
    "a missing manifest": (with_top(digest=f"sha256:{'0' * 64}"), r"blobs/sha256/0{64}: the file is missing; .+"),
    "another size": (with_top(size=1), r"blobs/sha256/\w+: must have 1 bytes, got \d+; .+"),
    "a foreign media type": (
        with_top(mediaType="application/vnd.docker.distribution.manifest.v1+prettyjws"),
        r"blobs/.+: the media type must be that of an OCI or Docker image, got application/vnd.docker.+; write .+",
    ),
    "another media type than in the manifest": (
        with_manifest(mediaType=INDEX),
        rf"blobs/.+: mediaType must be {re.escape(MANIFEST)}, as its descriptor says; .+",
    ),
    "an index with a configuration": (with_manifest(INDEX, config=EMPTY), r"blobs/.+: an index must have .+"),
    "a manifest without a configuration": (with_manifest(), r"blobs/.+: a manifest must have a config, .+"),
    "a manifest with manifests": (with_manifest(config=EMPTY, manifests=[EMPTY]), r"blobs/.+: a manifest must have .+"),
    "layers that are null": (with_manifest(config=EMPTY, layers=None), r"blobs/.+: layers: must be a valid array; .+"),
    "a layer that registries do not store": (
        with_manifest(config=EMPTY, layers=[EMPTY | {"mediaType": FOREIGN}]),
        rf"blobs/.+: ECR does not store layers of the media type {re.escape(FOREIGN)}",
    ),
    "indexes in indexes": (nested, r"blobs/.+: indexes must not be nested deeper than 3 levels"),
    "a missing image of an index": (without(blob(CHILD)), rf"{blob(CHILD)}: the file is missing; .+"),
    "an image with other bytes": (
        with_text(blob(CHILD), CHILD.replace(b"layers", b"Layers")),
        rf"{blob(CHILD)}: must have the digest {digest(CHILD)}, got sha256:\w+; .+",
    ),
    "a missing layer": (without(LAYER_FILE), rf"{LAYER_FILE}: the file is missing; .+"),
    "a layer that is too short": (
        with_text(LAYER_FILE, IMAGE.blobs[1][:-1]),
        rf"{LAYER_FILE}: must have {len(IMAGE.blobs[1])} bytes, got {len(IMAGE.blobs[1]) - 1}; .+",
    ),
    "a layer that is a folder": (as_a_folder, rf"{LAYER_FILE}: the file is missing; .+"),
    "a layer that is a pipe": (as_a_pipe, rf"{LAYER_FILE}: the file is missing; .+"),
}


@pytest.mark.parametrize(("damage", "message"), FAULTS.values(), ids=FAULTS)
def test_each_fault_of_a_layout_is_named(folder: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(folder)

    with pytest.raises(OutsideError, match=rf"^{re.escape(str(folder))}: {message}$"):
        layout(folder)


def test_a_missing_file_is_told_apart_from_other_faults(folder: Path) -> None:
    (folder / LAYER_FILE).unlink()

    with pytest.raises(IncompleteError):
        layout(folder)


def test_a_layer_with_other_bytes_is_found_before_its_upload_ends(folder: Path) -> None:
    content = IMAGE.blobs[1]
    (folder / LAYER_FILE).write_bytes(content[::-1])
    found = layout(folder)
    read = found.download(next(each for each in found.image().blobs if each.digest == digest(content)))

    assert next(read) == content[::-1]
    with pytest.raises(
        OutsideError, match=rf"{LAYER_FILE}: must have the digest {digest(content)}, got {digest(content[::-1])}"
    ):
        next(read)


def test_a_link_to_a_layer_is_followed(folder: Path, tmp_path: Path) -> None:
    """Bazel writes layouts with links."""
    (folder / LAYER_FILE).rename(tmp_path / "elsewhere")
    (folder / LAYER_FILE).symlink_to(tmp_path / "elsewhere")

    assert layout(folder).image().digest


def test_uncompressed_layers_are_told_apart(folder: Path) -> None:
    layer = {**EMPTY, "mediaType": UNCOMPRESSED}
    with_manifest(config=EMPTY, layers=[layer, {**layer, "mediaType": LAYER}])(folder)

    assert not layout(folder).is_compressed


@pytest.mark.parametrize("content", [b"[]", b"not JSON", b'{"os": 1}', b" " * (MOST_BYTES + 1)])
def test_a_configuration_of_another_artifact_has_no_platform(folder: Path, content: bytes) -> None:
    config = {**put(folder, content), "mediaType": "application/vnd.cncf.helm.config.v1+json"}
    with_manifest(config=config)(folder)

    assert layout(folder).platforms() == set()


TEXTS = st.text() | st.sampled_from([digest(CHILD), INDEX, MANIFEST])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["mediaType", "digest"]), inner),
    max_leaves=6,
)
MEMBERS = ["schemaVersion", "mediaType", "config", "layers", "manifests", "annotations", "platform", "digest", "size"]
DOCUMENTS = st.dictionaries(st.sampled_from(MEMBERS), JSON)


@given(of_the_index=DOCUMENTS, of_the_manifest=DOCUMENTS)
def test_any_json_is_an_image_or_one_message(
    tmp_path_factory: pytest.TempPathFactory, of_the_index: dict[str, Any], of_the_manifest: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("any") / "image"
    write_layout(folder, [IMAGE])
    manifest = put(folder, json.loads(CHILD) | of_the_manifest)
    point_at(folder, {**manifest, "mediaType": MANIFEST} | of_the_index)

    with suppress(OutsideError):
        found = layout(folder)
        assert {type(each) for each in found.image().manifests} == {Manifest}
        assert found.platforms() <= {"linux/amd64"}
