"""The pull of a container's image from ECR, for the platform of the task.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import json
import re
from dataclasses import dataclass

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from localaws.clients import Client, text_of
from localaws.ecr.manifest import Manifest, platform
from localaws.iam.roles import AssumedRole
from localaws.json_types import JsonObject

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)
_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}


class PullError(Exception):
    """An image cannot be pulled; the message is the task's `stoppedReason`."""


@dataclass(frozen=True)
class PulledImage:
    """An image that a task pulled from ECR."""

    digest: str
    """The digest of the manifest that the task definition's image refers to: the manifest of an index or one image."""
    config: JsonObject
    """The configuration: https://github.com/opencontainers/image-spec/blob/main/config.md"""
    layers: tuple[bytes, ...]
    """The contents of the layers, the lowest first."""


def pull(
    role: AssumedRole, image: str, runtime_platform: dict[str, str], *, resolved: str | None = None
) -> PulledImage | None:
    """Pull an image with the permissions of a role. Return None, without a pull, if the image is not in ECR.

    The local AWS has no registry except ECR. It refuses to pull an image from the ECR of another account or region.

    Args:
        role: The execution role of the task.
        image: The image as the task definition names it.
        runtime_platform: The runtime platform of the task definition.
        resolved: The digest to which the deployment has already resolved the tag; None if it has not.

    Raises:
        PullError: The role lacks a permission, the image does not exist, or the image is for other platforms.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    """
    found = _ECR_IMAGE.fullmatch(image)
    if not found:
        return None
    ecr = role.client("ecr")
    try:
        ecr.get_authorization_token()
    except ClientError as error:
        raise PullError(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            f"failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): {text_of(error)}"
        ) from None
    if (found["account"], found["region"]) != (role.account, role.region):
        raise PullError(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{image}: unexpected status code 403 Forbidden"
        )
    digest = resolved or found["digest"]
    image_id = {"imageDigest": digest} if digest else {"imageTag": found["tag"] or "latest"}
    try:
        return _Repository(ecr, found["repository"], image).image(image_id, _platform(runtime_platform))
    except ClientError as error:
        raise PullError(f"CannotPullContainerError: {image}: {text_of(error)}") from None


class _Repository:
    """A repository with the image to pull."""

    def __init__(self, ecr: Client, name: str, image: str) -> None:
        self._ecr, self._name, self._image = ecr, name, image

    def image(self, image_id: dict[str, str], required: str) -> PulledImage:
        digest, manifest = self._manifest(image_id)
        if manifest.children:
            matching = [child.digest for child in manifest.children if child.platform == required]
            if not matching:
                raise _other_platforms(required)
            _, manifest = self._manifest({"imageDigest": matching[0]})
        if not manifest.config:
            raise _other_platforms(required)
        try:
            config: JsonObject = json.loads(self._layer(manifest.config))
            matches = platform(config) == required
        except (ValueError, AttributeError):
            raise PullError(f"CannotPullContainerError: {self._image}: invalid image configuration") from None
        if not matches:
            raise _other_platforms(required)
        return PulledImage(digest, config, tuple(self._layer(layer) for layer, _ in manifest.layers))

    def _manifest(self, image_id: dict[str, str]) -> tuple[str, Manifest]:
        images = self._ecr.batch_get_image(repositoryName=self._name, imageIds=[image_id])["images"]
        if not images:
            raise PullError(f"CannotPullContainerError: pull image manifest has been retried: {self._image}: not found")
        return images[0]["imageId"]["imageDigest"], Manifest.of(images[0]["imageManifest"])

    def _layer(self, digest: str) -> bytes:
        self._ecr.batch_check_layer_availability(repositoryName=self._name, layerDigests=[digest])
        url = self._ecr.get_download_url_for_layer(repositoryName=self._name, layerDigest=digest)["downloadUrl"]
        answer = URLLib3Session(proxies={}).send(AWSRequest("GET", url).prepare())
        if answer.status_code != 200:
            raise PullError(
                f"CannotPullContainerError: {self._image}: failed to copy {digest}: "
                f"unexpected status code {answer.status_code}"
            )
        content: bytes = answer.content
        return content


def _platform(runtime_platform: dict[str, str]) -> str:
    """Return the platform as an image index writes it, such as `linux/amd64`.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
    """
    return f"linux/{_ARCHITECTURES[runtime_platform.get('cpuArchitecture', 'X86_64')]}"


def _other_platforms(required: str) -> PullError:
    """Return the error for an image that does not exist for the required platform.

    https://github.com/aws/containers-roadmap/issues/1120
    """
    return PullError(
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain "
        f"descriptor matching platform '{required}'"
    )
