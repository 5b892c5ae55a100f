"""Tests of pushed images: the registry has what a container runtime pulls and verifies."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from localaws.server import LocalAws
from operations.images.manifests import digest
from rehearsal.images.image import INDEX, MANIFEST, Image, push_image


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


def test_an_index_names_an_image_and_its_attestation(ecr: Any, repository: str) -> None:
    pushed = push_image(ecr, repository, "latest", b"hello")

    [index] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "latest"}])["images"]
    image, attestation = json.loads(index["imageManifest"])["manifests"]
    assert index["imageId"] == {"imageTag": "latest", "imageDigest": pushed}
    assert pushed == digest(index["imageManifest"].encode())
    assert (index["imageManifestMediaType"], image["mediaType"], attestation["mediaType"]) == (
        INDEX,
        MANIFEST,
        MANIFEST,
    )
    assert [each["platform"]["architecture"] for each in (image, attestation)] == ["amd64", "unknown"]
    assert attestation["annotations"] == {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image["digest"],
    }


def test_the_layer_has_the_content(ecr: Any, repository: str) -> None:
    push_image(ecr, repository, "latest", b"hello")

    child = digest(Image.build(b"hello").manifests[0])
    [image] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": child}])["images"]
    manifest = json.loads(image["imageManifest"])
    config, layer = (_downloaded(ecr, repository, each) for each in (manifest["config"], *manifest["layers"]))
    archive = gzip.decompress(layer)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {file.name: (content.read(), file.mode) for file in tar if (content := tar.extractfile(file))}
    assert files == {"content": (b"hello", 0o755)}
    assert json.loads(config)["rootfs"] == {"type": "layers", "diff_ids": [digest(archive)]}
    assert json.loads(config)["config"] == {"Cmd": ["/content"]}


def test_a_second_push_of_the_same_content_changes_nothing(ecr: Any, repository: str) -> None:
    first = push_image(ecr, repository, "latest", b"hello")
    before = _tags(ecr, repository)

    assert push_image(ecr, repository, "latest", b"hello") == first
    assert _tags(ecr, repository) == before
    assert before[first] == ["latest"]


def test_a_tag_moves_to_the_image_of_another_content(ecr: Any, repository: str) -> None:
    first = push_image(ecr, repository, "latest", b"first")
    second = push_image(ecr, repository, "latest", b"second")

    tags = _tags(ecr, repository)
    assert (tags[first], tags[second]) == ([], ["latest"])


def test_one_image_may_have_several_tags(ecr: Any, repository: str) -> None:
    pushed = push_image(ecr, repository, "latest", b"hello")
    push_image(ecr, repository, "stable", b"hello")

    assert _tags(ecr, repository)[pushed] == ["latest", "stable"]


def test_an_immutable_tag_is_not_taken_over(ecr: Any, repository: str) -> None:
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    first = push_image(ecr, repository, "latest", b"first")

    with pytest.raises(RuntimeError, match=f"^{repository}: another image has the tag latest, and tags are immutable$"):
        push_image(ecr, repository, "latest", b"second")

    assert _tags(ecr, repository)[first] == ["latest"]


def _downloaded(ecr: Any, repository: str, descriptor: dict[str, Any]) -> bytes:
    how = {"repositoryName": repository, "layerDigest": descriptor["digest"]}
    url = ecr.get_download_url_for_layer(**how)["downloadUrl"]
    blob: bytes = URLLib3Session(proxies={}).send(AWSRequest("GET", url).prepare()).content
    assert (digest(blob), len(blob)) == (descriptor["digest"], descriptor["size"])
    return blob


def _tags(ecr: Any, repository: str) -> dict[str, list[str]]:
    images = ecr.describe_images(repositoryName=repository)["imageDetails"]
    return {image["imageDigest"]: image.get("imageTags", []) for image in images}
