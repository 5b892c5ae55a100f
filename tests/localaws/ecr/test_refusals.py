"""Requests that ECR and the local AWS refuse and moto alone accepts."""

import json
from typing import Any

from localaws.ecr import refusals
from operations.images.manifests import digest
from rehearsal.images.image import INDEX
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.images import manifest, put_image

OTHER = f"sha256:{'1' * 64}"


def _repository(client: Client, name: str, **how: Any) -> Any:
    ecr = client("ecr")
    ecr.create_repository(repositoryName=name, **how)
    return ecr


def _code(refused: str) -> str:
    return refused.partition(":")[0]


@case(
    refusals.refuse_invalid_layers,
    in_aws=["EmptyUploadException", "InvalidLayerException", "", "LayerAlreadyExistsException"],
)
def test_layers_without_bytes_with_other_bytes_and_twice(client: Client) -> object:
    ecr = _repository(client, "sent")

    def complete(blob: bytes, named: str) -> str:
        upload_id = ecr.initiate_layer_upload(repositoryName="sent")["uploadId"]
        if blob:
            part = {"partFirstByte": 0, "partLastByte": len(blob) - 1, "layerPartBlob": blob}
            ecr.upload_layer_part(repositoryName="sent", uploadId=upload_id, **part)
        how = {"repositoryName": "sent", "uploadId": upload_id, "layerDigests": [named]}
        return _code(refusal(ecr.complete_layer_upload, **how))

    named = digest(b"layer")
    return [complete(b"", OTHER), complete(b"layer", OTHER), complete(b"layer", named), complete(b"layer", named)]


@case(
    refusals.refuse_small_layer_parts,
    in_aws=["", "LayerPartTooSmallException"],
)
def test_a_layer_in_two_small_parts(client: Client) -> object:
    ecr = _repository(client, "parts")
    upload_id = ecr.initiate_layer_upload(repositoryName="parts")["uploadId"]
    part = {"repositoryName": "parts", "uploadId": upload_id, "layerPartBlob": b"x"}
    return [
        _code(refusal(ecr.upload_layer_part, **part, partFirstByte=number, partLastByte=number)) for number in range(2)
    ]


@case(
    refusals.refuse_images_before_their_layers,
    in_aws=[
        "InvalidParameterException",
        "LayersNotFoundException",
        "ReferencedImagesNotFoundException",
        "",
    ],
)
def test_images_and_indexes_before_what_they_refer_to(client: Client) -> object:
    ecr = _repository(client, "early")

    def put(text: str) -> str:
        how = {"repositoryName": "early", "imageManifest": text, "imageTag": "latest"}
        return _code(refusal(ecr.put_image, **how, imageManifestMediaType=INDEX))

    def index(child: str) -> str:
        return json.dumps({"mediaType": INDEX, "manifests": [{"digest": child}]})

    return [
        put(json.dumps({"mediaType": INDEX, "manifests": [{}]})),
        put(manifest("image")),
        put(index(OTHER)),
        put(index(put_image(ecr, "early", "image", "child"))),
    ]


@case(refusals.refuse_images_with_wrong_digest, in_aws=["ImageDigestDoesNotMatchException", ""])
def test_images_with_wrong_and_with_correct_digests(client: Client) -> object:
    ecr = _repository(client, "digest-named")
    put_image(ecr, "digest-named", "image", "latest")
    text = manifest("image")
    return [
        _code(
            refusal(ecr.put_image, repositoryName="digest-named", imageManifest=text, imageTag="a", imageDigest=named)
        )
        for named in (OTHER, digest(text.encode()))
    ]


@case(
    refusals.refuse_repeated_images_and_tags,
    in_aws=["ImageAlreadyExistsException", "ImageAlreadyExistsException", "ImageTagAlreadyExistsException"],
)
def test_repeated_images_and_a_taken_immutable_tag(client: Client) -> object:
    ecr = _repository(client, "again", imageTagMutability="IMMUTABLE")
    put_image(ecr, "again", "image", "latest")
    how = {"repositoryName": "again", "imageManifest": manifest("image")}
    return [
        _code(refusal(ecr.put_image, **how, imageTag="latest")),
        _code(refusal(ecr.put_image, **how)),
        _code(refusal(put_image, ecr, "again", "other", "latest")),
    ]
