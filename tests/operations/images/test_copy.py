"""Tests of images that are read with their signatures and attestations, and copied between repositories."""

import gzip
import hashlib
import json
from contextlib import nullcontext
from io import StringIO
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from rich.console import Console

from operations.images.copy import copy
from operations.images.files import MOST_BYTES
from operations.images.manifests import Blob, Manifest, digest
from operations.images.manifests import Image as Described
from operations.images.progress import Progress
from operations.images.repository import Repository
from operations.images.source import platforms
from rehearsal.images.image import ATTESTATION, CONFIG, INDEX, LAYER, MANIFEST, Image, push_image
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, clients
from tests.support.localaws.images import upload
from tests.support.localaws.roles import role_of_account
from tools.outside import OutsideError

ANOTHER_ACCOUNT = "222222222222"
PART_BYTES = 20 * 1024 * 1024

_numbers = count(1)


def in_another_account() -> Any:
    """A client of ECR for another account and region."""
    local = clients().local
    role = role_of_account(local, ANOTHER_ACCOUNT, "deploy", ALLOW_ALL)
    found = clients().client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], "us-east-1")
    return session.client("ecr", endpoint_url=local.endpoint)


def repository(ecr: Any = None, **how: Any) -> Repository:
    """A new repository."""
    client, name = ecr or clients().client("ecr"), f"images-{next(_numbers)}"
    client.create_repository(repositoryName=name, **how)
    return Repository(client, name)


def pushed(where: Repository, content: bytes = b"content", tag: str = "v1") -> str:
    """Push an index of an image and its attestation as docker does."""
    return push_image(clients().client("ecr"), where.name, tag, content)


def artifact(where: Repository, content: bytes, *, tag: str | None = None, subject: str | None = None) -> str:
    """Put a signature: under a tag as cosign did first, or as a referrer of its subject."""
    ecr = clients().client("ecr")
    blobs = [(CONFIG, b"{}"), (ATTESTATION, content)]
    for _, blob in blobs:
        upload(ecr, where.name, blob)
    config, layer = ({"mediaType": kind, "digest": digest(blob), "size": len(blob)} for kind, blob in blobs)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    if subject:
        manifest["subject"] = {"mediaType": INDEX, "digest": subject, "size": 1}
    put = {"imageManifest": json.dumps(manifest), "imageManifestMediaType": MANIFEST} | (
        {"imageTag": tag} if tag else {}
    )
    return str(ecr.put_image(repositoryName=where.name, **put)["image"]["imageId"]["imageDigest"])


def progress(said: StringIO) -> Progress:
    return Progress(Console(file=said, width=200))


def lines(said: StringIO) -> list[str]:
    return said.getvalue().splitlines()


def content_of(where: Repository, blob: Blob) -> bytes:
    return b"".join(where.download(blob))


def test_an_index_comes_after_its_images_and_attestations() -> None:
    source = repository()
    top = pushed(source)

    image = source.image(top)

    built = Image.build(b"content")
    assert [manifest.text.encode() for manifest in image.manifests] == [*built.manifests, built.index]
    assert [blob.digest for blob in image.blobs] == [digest(blob) for blob in built.blobs]
    assert [content_of(source, blob) for blob in image.blobs] == [*built.blobs]
    assert (platforms(source, image), image.tags, image.archived) == ({"linux/amd64"}, {}, ())
    assert (source.tags(top), source.tagged("v1"), source.tagged("v2")) == (["v1"], top, None)


def test_without_an_index_the_configuration_has_the_platform() -> None:
    source = repository()
    pushed(source)
    child = digest(Image.build(b"content").manifests[0])

    assert platforms(source, source.image(child)) == {"linux/amd64"}


def test_a_huge_configuration_is_not_read_for_its_platform() -> None:
    manifest = Manifest.of((CONFIG, Blob(digest(b""), MOST_BYTES + 1)), [])
    image = Described(manifest.digest, (manifest,), {}, ())

    assert platforms(repository(), image) == set()


def test_signatures_by_tag_and_by_referrer_belong_to_an_image() -> None:
    source = repository()
    top = pushed(source)
    child = digest(Image.build(b"content").manifests[0])
    tag = f"{child.replace(':', '-')}.sig"
    by_tag = artifact(source, b"by tag", tag=tag)
    by_referrer = artifact(source, b"by referrer", subject=top)
    of_the_referrer = artifact(source, b"of the referrer", subject=by_referrer)
    artifact(source, b"of something else", subject=digest(b"else"))

    image = source.image(top)

    assert [manifest.digest for manifest in image.manifests][3:] == [by_tag, by_referrer, of_the_referrer]
    assert image.tags == {tag: by_tag}


def test_an_image_is_copied_to_another_account_and_region() -> None:
    source, target = repository(), repository(in_another_account())
    top = pushed(source)
    tag = f"{top.replace(':', '-')}.att"
    artifact(source, b"attested", tag=tag)
    artifact(source, b"signed", subject=top)
    image, said = source.image(top), StringIO()

    copy(source, target, image, progress(said))

    assert target.image(top) == image
    assert [content_of(target, blob) for blob in image.blobs] == [content_of(source, blob) for blob in image.blobs]
    assert (target.tags(top), target.tagged("v1"), target.tagged(tag)) == ([], None, image.tags[tag])
    assert ANOTHER_ACCOUNT in target.describe()["repositoryUri"]
    assert ACCOUNT in source.describe()["repositoryUri"]
    assert [line.partition(": ")[0] for line in lines(said)] == [f"blob {number} of 7" for number in range(1, 8)]


def test_a_copy_uploads_only_missing_blobs() -> None:
    source, target = repository(), repository()
    first, second = pushed(source), pushed(source, b"more", "v2")
    copy(source, target, source.image(first), progress(StringIO()))
    said = StringIO()

    copy(source, target, source.image(first), progress(said))
    assert lines(said) == []
    assert len(target.missing(source.image(second).blobs)) == 2

    copy(source, target, source.image(second), progress(said))
    assert len(lines(said)) == 2


def test_a_tag_of_another_image_in_the_target_stays() -> None:
    source, target = repository(), repository(imageTagMutability="IMMUTABLE")
    top = pushed(source)
    tag = f"{top.replace(':', '-')}.sig"
    artifact(source, b"signed here", tag=tag)
    theirs = artifact(target, b"signed there", tag=tag)
    said = StringIO()

    copy(source, target, source.image(top), progress(said))

    assert target.tagged(tag) == theirs
    assert lines(said)[-1] == f"not copied: the tag {tag}, because another image in {target.name} has it"


def test_a_blob_larger_than_a_part_arrives_whole() -> None:
    source, target = repository(), repository()
    content = b"".join(hashlib.sha512(bytes([number])).digest() for number in range(256)) * 1400
    blob = Blob(digest(content), len(content))
    assert PART_BYTES < len(content) < 2 * PART_BYTES
    source.upload(blob, (content[first : first + 3_000_001] for first in range(0, len(content), 3_000_001)))

    target.upload(blob, source.download(blob))

    assert content_of(target, blob) == content


def test_put_returns_whether_it_changed_anything() -> None:
    where = repository(imageTagMutability="IMMUTABLE")
    top, other = pushed(where), pushed(where, b"other", "v2")
    image = where.image(top)

    assert [where.put(image[top], tag) for tag in (None, "v1", "v2", "v3", "v3")] == [False, False, False, True, False]
    assert [where.tagged(tag) for tag in ("v1", "v2", "v3")] == [top, other, top]


def test_a_missing_image_is_named() -> None:
    where = repository()

    with pytest.raises(OutsideError, match=rf"^{where.name}: the repository does not have {digest(b'')} \(.+\)$"):
        where.image(digest(b""))


def test_a_manifest_names_its_blobs_one_time_in_an_image() -> None:
    layer = gzip.compress(b"twice", mtime=0)
    described = {"mediaType": LAYER, "digest": digest(layer), "size": len(layer)}
    manifest = Manifest(json.dumps({"config": described, "layers": [described, described]}), MANIFEST)

    assert manifest.config == Blob(digest(layer), len(layer))
    assert len(manifest.blobs) == 3


@pytest.mark.parametrize(("received", "refused"), [(19, False), (9, True)])
def test_a_part_that_ecr_already_has_is_not_an_error(*, received: int, refused: bool) -> None:
    """botocore sends a part again if the connection breaks before the answer."""
    ecr = clients().client("ecr")
    with Stubber(ecr) as answers:
        answers.add_response("initiate_layer_upload", {"uploadId": "1", "partSize": 10})
        answers.add_response("upload_layer_part", {})
        answers.add_client_error(
            "upload_layer_part", "InvalidLayerPartException", modeled_fields={"lastValidByteReceived": received}
        )
        if not refused:
            answers.add_response("complete_layer_upload", {})
        done: list[int] = []
        with pytest.raises(ClientError) if refused else nullcontext():
            Repository(ecr, "stubbed").upload(Blob(digest(b""), 20), [b"a" * 20], done.append)

    assert done == ([10] if refused else [10, 10])
