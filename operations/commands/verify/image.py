"""Checks of the image: platform, size, user and port."""

import re
from collections.abc import Iterator

from operations.commands.verify.subject import DIGEST, Subject
from operations.images.documents import ImageConfiguration
from operations.images.manifests import Image, Manifest
from operations.images.source import configuration, of_platform
from operations.preflight.checks.image import of_platforms
from operations.preflight.finding import Finding, ok, problem, warning
from operations.system.definitions import Definition
from operations.system.deployed import DeployedEnvironment

PLACE = "image"
MB, GIB = 10**6, 2**30


def check(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that the repository has the image for the platform, and compare the image with the container definition."""
    repository, platform = deployed.repository, subject.definition.platform
    with deployed.access.deployed():
        digest = subject.image if re.fullmatch(DIGEST, subject.image) else repository.tagged(subject.image)
        if digest is None or deployed.image(digest) is None:
            yield problem(
                PLACE,
                f"the repository {repository.name} does not have {subject.image}, so no task can start",
                advice="push the image, or name another image",
            )
            return
        image = repository.unsigned(digest)
    found = of_platform(image, platform)
    if found is None:
        yield of_platforms(_described(subject, digest), {*filter(None, image[digest].children.values())}, platform)
        return
    yield _size(subject, image, found)
    config = configuration(repository, found)
    if config is None:
        yield problem(
            PLACE,
            f"{_described(subject, digest)} is not a container image, so no task can start",
            advice="name an image. A push of another artifact, such as a Helm chart, needs a tag that is not watched",
        )
        return
    yield of_platforms(_described(subject, digest), {f"{config.os}/{config.architecture}"}, platform)
    yield from _compared(subject, config)


def _described(subject: Subject, digest: str) -> str:
    return digest if subject.image == digest else f"{subject.image} is {digest},"


def _size(subject: Subject, image: Image, found: Manifest) -> Finding:
    """Compare the size of the layers with the ephemeral storage, which has the compressed and the uncompressed image.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
    """
    size = sum(blob.size_bytes for blob in found.blobs)
    storage = subject.definition.ephemeral_gib
    text = f"its layers have {size / MB:,.1f} MB, and a task has {storage} GiB of ephemeral storage"
    if 2 * size > storage * GIB:
        return problem(
            "image size",
            f"{text}, which must have room for the compressed and the uncompressed layers of {image.digest[:19]}…",
            advice="build a smaller image",
        )
    return ok("image size", text)


def _compared(subject: Subject, config: ImageConfiguration) -> Iterator[Finding]:
    """Compare the user and the ports in the image with those of the container. A port without a protocol is for TCP."""
    definition, parameters = subject.definition, config.parameters
    yield _user(definition, parameters.user if parameters else "")
    exposed = sorted(parameters.ports or {}) if parameters else []
    ports = [str(port) for port in definition.ports]
    if exposed and not {*ports} & {each.removesuffix("/tcp") for each in exposed}:
        yield warning(
            "image port",
            f"the image exposes {', '.join(exposed)}, but the load balancer sends requests to {', '.join(ports)}/tcp",
            advice="let the application listen on the port, or change service.container_port",
        )
    else:
        yield ok("image port", f"the container gets requests on {', '.join(ports)}/tcp")


def _user(definition: Definition, own: str) -> Finding:
    """Compare the user of the container with the user in the image. The user of the container counts."""
    user = definition.user
    if own and user and own.partition(":")[0] != user.partition(":")[0]:
        return warning(
            "image user",
            f"the image is made for the user {own}, but the container runs as {user}",
            advice=f"let the user {user} read the files of the application in the image, or change service.user",
        )
    writes = ", and can write only to /tmp" if definition.readonly_root else ""
    return ok("image user", f"the container runs as {user or own or 'root'}{writes}")
