"""The program behind `make push`: pushes an image of this machine, and waits until the environment runs it."""

import argparse
import re
import sys
from dataclasses import dataclass

from botocore.exceptions import ClientError

from operations import approval, command, delivery
from operations.clients import Clients
from operations.command import CONSOLE
from operations.images import copy
from operations.images.local import ACCEPTED, LocalImage, opened
from operations.images.manifests import Image
from operations.images.progress import Progress
from operations.sessions import session
from operations.system.deployed import DeployedEnvironment
from operations.system.executions import LONGEST_PAUSE_SECONDS
from operations.system.service import DEFAULT_PLATFORM, NotDeployedError, Running
from operations.wait import until
from settings import Settings
from settings.image_tags import NO_TAG
from settings.names import StackNames
from tools.outside import OutsideError

TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""


EVENT_SECONDS = 30.0
"""How long to wait for an execution with an image that already has the tag."""


def main() -> int:
    """Push the image on the command line, and return the exit code."""
    parser = command.Parser(
        prog="make push", usage="make push IMAGE=<image> [TAG=<tag>] [ENV=<environment>] [YES=1]", description=__doc__
    )
    parser.add_argument("environment", metavar="ENV", type=command.environment)
    parser.add_argument("image", metavar="IMAGE", type=_named)
    parser.add_argument("--tag", default="", help="the tag of the image in the repository; by default the watched tag")
    parser.add_argument("--yes", action="store_true", help="do not ask, even if the environment is protected")
    arguments = parser.parse_args()
    return command.run(lambda: _run(arguments.environment, arguments.image, arguments.tag, yes=arguments.yes))


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError(ACCEPTED)
    return text


def _run(environment: str, image: str, wanted: str, *, yes: bool) -> int:
    settings = command.settings(environment)
    tag = _tag(settings, wanted)
    command.require_credentials()
    with CONSOLE.status("reading the environment"):
        with command.aws_configuration():
            target = DeployedEnvironment(settings, Clients(session(settings, "push")))
        uri, runs = _repository_uri(target), _running(target)
    progress = Progress(CONSOLE)
    with opened(image, progress) as local:
        _require_platform(target, runs.platform if runs else DEFAULT_PLATFORM, local.platforms())
        Push(target, local, tag, uri, approved=yes or not settings.protect).carry_out(progress)
    return 0


@dataclass(frozen=True)
class Push:
    """The push of an image, and the deployment that follows."""

    target: DeployedEnvironment
    local: LocalImage
    tag: str
    repository_uri: str
    approved: bool
    """Whether the push needs no approval at the terminal."""

    def carry_out(self, progress: Progress) -> None:
        """Upload the image, give it the tag, and wait for the deployment if the push starts one.

        Raises:
            OutsideError: Another image has the tag and tags are immutable, the push is not approved, or the image does
                not go live.
        """
        repository = self.target.repository
        with command.on_interrupt("no tag was pushed; uploaded blobs stay, and the next `make push` skips them"):
            image = self.local.image()
            self._require_free_tag(image)
            self._require_approval(image)
            copy.upload(self.local, repository, image, progress)
        before = self._executions()
        changed = repository.put(image[image.digest], self.tag)
        if not changed:
            self._require_tag(image)
        command.report(f"{self.repository_uri}:{self.tag} is {image.digest}")
        pipeline = self.target.settings.pipeline
        if not changed:
            command.report("nothing was changed: the image already had the tag")
        if not pipeline.watches(self.tag):
            command.report(self._consequence())
        elif before is None:
            name = self.target.name
            command.report(f"{name}: no service runs the image yet; run make deploy ENV={name}")
        elif changed:
            execution = delivery.started_by_push(self.target, image.digest, self.tag, before=before)
            delivery.finish(self.target, image.digest, execution)
        else:
            self._expect_running(image.digest)

    def _consequence(self) -> str:
        """Return what the push of the tag starts."""
        pipeline = self.target.settings.pipeline
        if not pipeline.watches(self.tag):
            return f"no deployment follows, because the pipeline watches {pipeline.watch}, not {self.tag}"
        return f"the push of the tag {self.tag} starts one execution of the pipeline {self.target.settings.name}"

    def _require_approval(self, image: Image) -> None:
        """Print the changes, and ask for an approval. A push of an image that has the tag already changes nothing."""
        if self.approved or self.target.repository.tagged(self.tag) == image.digest:
            return
        command.report(f"pushes {image.digest} to {self.repository_uri}:{self.tag}")
        command.report(self._consequence())
        approval.require(self.target.name, "the push", option="YES=1", console=CONSOLE)

    def _executions(self) -> set[str] | None:
        """Return the ids of the executions, or None if the environment has no service or no pipeline yet."""
        try:
            with self.target.access.deployed():
                return self.target.executions.ids() if _running(self.target) else None
        except NotDeployedError:
            return None

    def _require_free_tag(self, image: Image) -> None:
        """Raise before the upload if ECR would refuse the tag after the upload."""
        if self.target.repository.describe()["imageTagMutability"] == "IMMUTABLE":
            self._require_tag(image, or_free=True)

    def _require_tag(self, image: Image, *, or_free: bool = False) -> None:
        """Raise if the tag belongs to another image."""
        found = self.target.repository.tagged(self.tag)
        if found != image.digest and not (or_free and found is None):
            raise OutsideError(
                f"{self.repository_uri}: tags are immutable, and another image, {found}, has the tag {self.tag}; "
                f"push {image.digest} with another tag"
            )

    def _expect_running(self, digest: str) -> None:
        """Follow the execution that deploys the image, or report that the service runs the image.

        Another push of the image may have moved the tag seconds ago. Then the execution may not have the image yet.

        Raises:
            OutsideError: The service does not run the image, and no execution deploys it.
        """

        def deploys() -> "tuple[str | None, Running] | None":
            execution, runs = self.target.executions.in_progress(digest), self.target.running()
            return (execution, runs) if execution or runs.digest == digest else None

        try:
            execution, runs = until(deploys, EVENT_SECONDS, "", longest_pause_seconds=LONGEST_PAUSE_SECONDS)
        except TimeoutError:
            execution, runs = None, self.target.running()
        if execution:
            delivery.finish(self.target, digest, execution)
            return
        name = self.target.name
        if runs.digest != digest or runs.fault:
            fault = f"is not healthy: {runs.fault}" if runs.digest == digest else f"runs {runs.digest or runs.image}"
            raise OutsideError(
                f"{name}: the service {fault}, and no execution of the pipeline deploys the pushed image; to deploy "
                f"it, run `{self.target.executions.start_command(digest)}`"
            )
        command.report(f"{name} runs {digest} ({runs.revision})")


def _tag(settings: Settings, wanted: str) -> str:
    """Return the tag for the image: the wanted tag, or else the watched tag.

    Raises:
        OutsideError: The tag is invalid, or is needed because a pattern is watched.
    """
    pipeline = settings.pipeline
    tag = wanted or pipeline.moving_tag
    if tag is None:
        raise OutsideError(
            f"TAG: required, because {settings.environment}.pipeline.watch is the pattern {pipeline.watch!r}; "
            "name a tag that matches the pattern"
        )
    if tag == NO_TAG:
        raise OutsideError(f"TAG: must not be {NO_TAG}, which no image may have; choose another tag")
    if not re.fullmatch(TAG, tag):
        raise OutsideError(
            "TAG: must have at most 128 letters, digits, dots, hyphens and underscores, without a dot or hyphen at the "
            f"start, got {tag[:40]!a}"
        )
    return tag


def _repository_uri(target: DeployedEnvironment) -> str:
    try:
        return target.repository.describe()["repositoryUri"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "RepositoryNotFoundException":
            raise
        raise OutsideError(
            f"{target.name}: the repository {target.repository.name} does not exist; "
            f"run cdktf deploy {StackNames(target.name).registry}"
        ) from None


def _running(target: DeployedEnvironment) -> Running | None:
    """Return the newest deployment of the service, or None if the service does not exist yet."""
    try:
        return target.running()
    except NotDeployedError:
        return None


def _require_platform(target: DeployedEnvironment, platform: str, found: set[str]) -> None:
    if platform not in found:
        raise OutsideError(
            f"{target.name}: the image must have the platform {platform}, got {', '.join(sorted(found)) or 'none'}; "
            f"build the image with `docker build --platform {platform}`"
        )


if __name__ == "__main__":
    sys.exit(main())
