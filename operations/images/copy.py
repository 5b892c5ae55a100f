"""Uploads of images to ECR, and copies of images between repositories of ECR.

A copy downloads and uploads the blobs, because ECR mounts blobs only within one account and region.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html
"""

from operations.images.manifests import Image
from operations.images.progress import Progress
from operations.images.repository import Repository
from operations.images.source import Source


def copy(source: Repository, target: Repository, image: Image, progress: Progress) -> None:
    """Copy an image with its signatures and attestations.

    The image gets no tag. Signatures and attestations keep their tags, unless another image in the target has the tag.
    Blobs that the target already has are not copied. The manifests are uploaded after all blobs. So an
    interrupted copy leaves no incomplete image, and the next copy continues.
    """
    _upload_blobs(source, target, image, progress)
    for manifest in image.manifests:
        target.put(manifest)
    for tag, named in image.tags.items():
        if target.tagged(tag) in (None, named):
            target.put(image[named], tag)
        else:
            progress.report(f"not copied: the tag {tag}, because another image in {target.name} has it")


def upload(source: Source, target: Repository, image: Image, progress: Progress) -> None:
    """Upload all parts of an image, but not the manifest of the image itself.

    The caller puts that manifest with a tag. So a push causes only one event for the digest of the image. Blobs that
    the target already has are not uploaded. So the next upload continues an interrupted upload.
    """
    _upload_blobs(source, target, image, progress)
    for manifest in image.manifests:
        if manifest.digest != image.digest:
            target.put(manifest)


def _upload_blobs(source: Source, target: Repository, image: Image, progress: Progress) -> None:
    missing = target.missing(image.blobs)
    for number, blob in enumerate(missing, 1):
        title = f"blob {number} of {len(missing)}: {blob.digest[:19]}…"
        with progress.transfer(title, blob.size_bytes) as done:
            target.upload(blob, source.download(blob), done)
