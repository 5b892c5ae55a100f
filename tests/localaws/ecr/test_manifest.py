"""Manifests in the forms that registries accept."""

import json

import pytest

from localaws.ecr.manifest import Manifest, platform
from operations.images.manifests import digest
from rehearsal.images.image import Image

IMAGE = Image.build(b"hello")


def test_an_image_names_its_configuration_and_its_layers() -> None:
    config, layer, *_ = IMAGE.blobs
    manifest = Manifest.of(IMAGE.manifests[0].decode())

    assert (manifest.config, manifest.layers) == (digest(config), ((digest(layer), len(layer)),))
    assert (manifest.blobs, manifest.children) == ([digest(config), digest(layer)], ())


def test_an_index_names_images_and_their_platforms() -> None:
    manifest = Manifest.of(IMAGE.index.decode())

    named = [(child.digest, child.platform) for child in manifest.children]
    assert named == [(digest(IMAGE.manifests[0]), "linux/amd64"), (digest(IMAGE.manifests[1]), "unknown/unknown")]
    assert manifest.blobs == []


def test_a_layer_may_come_twice() -> None:
    layers = [{"digest": "sha256:a", "size": 1}, {"digest": "sha256:b", "size": 2}, {"digest": "sha256:a", "size": 1}]

    manifest = Manifest.of(json.dumps({"config": {"digest": "sha256:c"}, "layers": layers}))

    assert manifest.layers == (("sha256:a", 1), ("sha256:b", 2), ("sha256:a", 1))


def test_a_child_without_a_platform_has_an_unknown_one() -> None:
    [child] = Manifest.of(json.dumps({"manifests": [{"digest": "sha256:0"}]})).children

    assert child.platform == platform({}) == "unknown/unknown"


NOT_MANIFESTS = [
    "",
    "[]",
    "{",
    "{}",
    "1",
    '"text"',
    '"manifests"',
    '["manifests"]',
    '{"manifests": 1}',
    '{"manifests": [{"digest": 1}]}',
    '{"config": 1, "layers": []}',
    '{"config": {"digest": 1}, "layers": []}',
    '{"config": {"digest": "sha256:c"}}',
    '{"config": {"digest": "sha256:c"}, "layers": [{}]}',
    '{"config": {"digest": "sha256:c"}, "layers": [{"digest": 1, "size": 1}]}',
    '{"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:l", "size": "1"}]}',
    '{"layers": []}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", NOT_MANIFESTS, ids=lambda text: text[:40])
def test_other_documents_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"manifest|Expecting"):
        Manifest.of(text)
