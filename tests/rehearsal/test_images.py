"""A pushed image is a real one: what ECR holds is what a container runtime would pull and verify."""

import gzip
import hashlib
import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from localaws.server import LocalAws
from rehearsal.images import push_image


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region="eu-west-1") as server:
        yield server


@pytest.fixture
def ecr(aws: LocalAws) -> Any:
    return aws.client("ecr")


@pytest.fixture
def repository(ecr: Any, request: pytest.FixtureRequest) -> str:
    """The name of an empty repository."""
    name: str = request.node.name
    ecr.create_repository(repositoryName=name)
    return name


@pytest.fixture
def uploads(ecr: Any) -> dict[str, list[bytes]]:
    """The parts that the client uploads, by upload."""
    parts: dict[str, list[bytes]] = defaultdict(list)
    ecr.meta.events.register(
        "provide-client-params.ecr.UploadLayerPart",
        lambda params, **_: parts[params["uploadId"]].append(params["layerPartBlob"]),
    )
    return parts


def test_the_digest_is_that_of_the_manifest_which_names_what_was_uploaded(
    ecr: Any, uploads: dict[str, list[bytes]], repository: str
) -> None:
    digest = push_image(ecr, repository, "latest", b"hello")

    [image] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "latest"}])["images"]
    layer, config = (b"".join(parts) for parts in uploads.values())
    assert image["imageId"] == {"imageTag": "latest", "imageDigest": digest}
    assert digest == _digest(image["imageManifest"].encode())
    assert json.loads(image["imageManifest"]) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": _digest(config),
            "size": len(config),
        },
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": _digest(layer),
                "size": len(layer),
            }
        ],
    }


def test_the_layer_holds_the_content_and_the_config_names_the_layer(
    ecr: Any, uploads: dict[str, list[bytes]], repository: str
) -> None:
    push_image(ecr, repository, "latest", b"hello")

    layer, config = (b"".join(parts) for parts in uploads.values())
    archive = gzip.decompress(layer)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {file.name: content.read() for file in tar if (content := tar.extractfile(file))}
    assert files == {"content": b"hello"}
    assert json.loads(config)["rootfs"] == {"type": "layers", "diff_ids": [_digest(archive)]}


def test_ecr_has_every_blob_of_the_image_also_if_it_takes_only_small_parts(
    ecr: Any, uploads: dict[str, list[bytes]], repository: str
) -> None:
    ecr.meta.events.register("after-call.ecr.InitiateLayerUpload", lambda parsed, **_: parsed.update(partSize=20))

    push_image(ecr, repository, "latest", b"hello")

    blobs = [b"".join(parts) for parts in uploads.values()]
    held = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[_digest(blob) for blob in blobs])
    assert {layer["layerDigest"]: layer["layerSize"] for layer in held["layers"]} == {
        _digest(blob): len(blob) for blob in blobs
    }
    assert max(len(part) for parts in uploads.values() for part in parts) == 20


def test_the_same_content_is_the_same_image_and_pushing_it_again_changes_nothing(
    ecr: Any, uploads: dict[str, list[bytes]], repository: str
) -> None:
    first = push_image(ecr, repository, "latest", b"hello")
    uploads.clear()

    assert push_image(ecr, repository, "latest", b"hello") == first
    assert uploads == {}
    assert _tags(ecr, repository) == {first: ["latest"]}


def test_another_content_is_another_image_which_takes_the_tag_over(ecr: Any, repository: str) -> None:
    first = push_image(ecr, repository, "latest", b"first")
    second = push_image(ecr, repository, "latest", b"second")

    assert _tags(ecr, repository) == {first: [], second: ["latest"]}


def test_one_image_may_have_several_tags(ecr: Any, repository: str) -> None:
    digest = push_image(ecr, repository, "latest", b"hello")
    push_image(ecr, repository, "stable", b"hello")

    assert _tags(ecr, repository) == {digest: ["latest", "stable"]}


def test_an_immutable_tag_is_not_taken_over(ecr: Any, repository: str) -> None:
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    first = push_image(ecr, repository, "latest", b"first")

    with pytest.raises(ecr.exceptions.ClientError, match="latest"):
        push_image(ecr, repository, "latest", b"second")

    assert _tags(ecr, repository) == {first: ["latest"]}


def _tags(ecr: Any, repository: str) -> dict[str, list[str]]:
    images = ecr.describe_images(repositoryName=repository)["imageDetails"]
    return {image["imageDigest"]: image.get("imageTags", []) for image in images}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
