"""Pushes container images as `docker push` does, through the API of ECR.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def push_image(ecr: Any, repository_name: str, tag: str, content: bytes) -> str:
    """Push an image whose one file, `/content`, holds `content`, and give its digest, which depends on `content` alone.

    The tag leaves the image that had it. A second push of the same image under the same tag changes nothing.
    """
    archive = _archive(content)
    layer = gzip.compress(archive, mtime=0)
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/content"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(archive)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": _digest(config), "size": len(config)},
            "layers": [{"mediaType": LAYER, "digest": _digest(layer), "size": len(layer)}],
        }
    )
    for blob in (layer, config):
        _upload(ecr, repository_name, blob)
    try:
        ecr.put_image(
            repositoryName=repository_name,
            imageManifest=manifest.decode(),
            imageManifestMediaType=MANIFEST,
            imageTag=tag,
            imageDigest=_digest(manifest),
        )
    except ecr.exceptions.ImageAlreadyExistsException:
        held = ecr.describe_images(repositoryName=repository_name, imageIds=[{"imageTag": tag}])["imageDetails"]
        if held[0]["imageDigest"] != _digest(manifest):
            raise  # moto says this of an immutable tag too
    return _digest(manifest)


def _upload(ecr: Any, repository_name: str, blob: bytes) -> None:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html"""
    there = ecr.batch_check_layer_availability(repositoryName=repository_name, layerDigests=[_digest(blob)])["layers"]
    if any(layer["layerAvailability"] == "AVAILABLE" for layer in there):
        return
    upload = ecr.initiate_layer_upload(repositoryName=repository_name)
    for first in range(0, len(blob), upload["partSize"]):
        part = blob[first : first + upload["partSize"]]
        ecr.upload_layer_part(
            repositoryName=repository_name,
            uploadId=upload["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    ecr.complete_layer_upload(repositoryName=repository_name, uploadId=upload["uploadId"], layerDigests=[_digest(blob)])


def _archive(content: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        file = tarfile.TarInfo("content")  # owner, times and mode are fixed
        file.size = len(content)
        tar.addfile(file, io.BytesIO(content))
    return archive.getvalue()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
