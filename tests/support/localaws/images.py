"""Images in ECR, uploaded with ECR's API."""

import json
from typing import Any

from operations.images.manifests import Blob, digest
from operations.images.repository import Repository
from rehearsal.images.image import Image


def manifest(content: str) -> str:
    """Return the manifest of an image for ARM; its digest depends on the content."""
    return Image.build(content.encode(), "arm64").manifests[0].decode()


def upload(ecr: Any, repository: str, blob: bytes) -> str:
    """Upload a layer, unless ECR has it, and return its digest."""
    Repository(ecr, repository).upload(Blob(digest(blob), len(blob)), [blob])
    return digest(blob)


def put_image(ecr: Any, repository: str, content: str, tag: str) -> str:
    """Put an image with this content, and return its digest."""
    config, layer, *_ = Image.build(content.encode(), "arm64").blobs
    for blob in (config, layer):
        upload(ecr, repository, blob)
    answer = ecr.put_image(repositoryName=repository, imageManifest=manifest(content), imageTag=tag)
    return str(answer["image"]["imageId"]["imageDigest"])


def cache(ecr: Any, repository: str, tag: str) -> str:
    """Put a build cache as BuildKit exports it with `image-manifest=true`, and return its digest.

    https://github.com/moby/buildkit#registry-push-image-and-cache-separately
    """
    written = json.loads(manifest(f"cache {tag}"))
    written["config"] |= {"mediaType": "application/vnd.buildkit.cacheconfig.v0"}
    config, layer, *_ = Image.build(f"cache {tag}".encode(), "arm64").blobs
    for blob in (config, layer):
        upload(ecr, repository, blob)
    answer = ecr.put_image(repositoryName=repository, imageManifest=json.dumps(written), imageTag=tag)
    return str(answer["image"]["imageId"]["imageDigest"])
