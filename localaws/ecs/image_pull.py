"""What a task pulls before its containers run: the image for its platform, from ECR.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from localaws.clients import said
from localaws.ecr.manifest import Manifest, platform
from localaws.iam.roles import ActingRole
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
    """An image of ECR on a task."""

    digest: str
    """That of the index, if it is one."""
    config: JsonObject
    """https://github.com/opencontainers/image-spec/blob/main/config.md"""
    layers: tuple[bytes, ...]
    """The lowest first."""


def pull(
    role: ActingRole, image: str, runtime_platform: dict[str, str], *, resolved: str | None = None
) -> PulledImage | None:
    """Pull an image as a role; one that is not in ECR is not pulled, and None.

    There is no other registry, and no other account or region lets anybody in.

    Args:
        role: The execution role of the task.
        image: As the revision names it.
        runtime_platform: That of the revision.
        resolved: The digest that the deployment has resolved the tag to, if it has.

    Raises:
        PullError: The role may not, the image is not there, or it is for other platforms.

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
            f"failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): {said(error)}"
        ) from None
    if (found["account"], found["region"]) != (role.account, role.region):
        raise PullError(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{image}: unexpected status code 403 Forbidden"
        )
    named = resolved or found["digest"]
    which = {"imageDigest": named} if named else {"imageTag": found["tag"] or "latest"}
    try:
        return _Repository(ecr, found["repository"], image).image(which, _platform(runtime_platform))
    except ClientError as error:
        raise PullError(f"CannotPullContainerError: {image}: {said(error)}") from None


class _Repository:
    """A repository, asked for one image."""

    def __init__(self, ecr: Any, name: str, image: str) -> None:
        self._ecr, self._name, self._image = ecr, name, image

    def image(self, which: dict[str, str], wanted: str) -> PulledImage:
        digest, manifest = self._manifest(which)
        if manifest.children:
            fitting = [child.digest for child in manifest.children if child.platform == wanted]
            if not fitting:
                raise _other_platforms(wanted)
            _, manifest = self._manifest({"imageDigest": fitting[0]})
        if not manifest.config:
            raise _other_platforms(wanted)
        try:
            config: JsonObject = json.loads(self._layer(manifest.config))
            fits = platform(config) == wanted
        except (ValueError, AttributeError):
            raise PullError(f"CannotPullContainerError: {self._image}: its configuration cannot be read") from None
        if not fits:
            raise _other_platforms(wanted)
        return PulledImage(digest, config, tuple(self._layer(layer) for layer, _ in manifest.layers))

    def _manifest(self, which: dict[str, str]) -> tuple[str, Manifest]:
        images = self._ecr.batch_get_image(repositoryName=self._name, imageIds=[which])["images"]
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


def _platform(said: dict[str, str]) -> str:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html"""
    return f"linux/{_ARCHITECTURES[said.get('cpuArchitecture', 'X86_64')]}"


def _other_platforms(wanted: str) -> PullError:
    """https://github.com/aws/containers-roadmap/issues/1120"""
    return PullError(
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain "
        f"descriptor matching platform '{wanted}'"
    )
