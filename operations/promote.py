"""The program behind `make promote`: deploys the image of one environment to another environment."""

import sys
from dataclasses import dataclass
from functools import partial

from rich.filesize import decimal

from operations import approval, command, delivery
from operations.clients import Clients
from operations.command import CONSOLE
from operations.images import copy
from operations.images.manifests import Image
from operations.images.progress import Progress
from operations.images.source import platforms
from operations.sessions import session
from operations.system.deployed import DeployedEnvironment
from operations.system.service import Running
from tools.outside import OutsideError


def main() -> int:
    """Promote from the first environment on the command line to the second one, and return the exit code."""
    parser = command.Parser(
        prog="make promote", usage="make promote FROM=<environment> TO=<environment> [YES=1]", description=__doc__
    )
    parser.add_argument("source", metavar="FROM", type=partial(command.environment, variable="FROM"))
    parser.add_argument("target", metavar="TO", type=partial(command.environment, variable="TO"))
    parser.add_argument("--yes", action="store_true", help="do not ask, even if the target is protected")
    arguments = parser.parse_args()
    if arguments.source == arguments.target:
        parser.error(f"FROM and TO must name two environments, got {arguments.source} for both")
    return command.run(lambda: _run(arguments.source, arguments.target, yes=arguments.yes))


def _run(source: str, target: str, *, yes: bool) -> int:
    of_source, of_target = command.settings(source), command.settings(target)
    command.require_credentials()
    with CONSOLE.status("reading both environments"):
        with command.aws_configuration():
            promoted_from = DeployedEnvironment(of_source, Clients(session(of_source, "promote")))
            promoted_to = DeployedEnvironment(of_target, Clients(session(of_target, "promote")))
        promotion = plan(promoted_from, promoted_to)
    if promotion:
        if of_target.protect and not yes:
            approval.require(target, "the promotion", option="YES=1", console=CONSOLE)
        promotion.carry_out()
    return 0


@dataclass(frozen=True)
class Promotion:
    """The deployment of one environment's image to another environment."""

    source: DeployedEnvironment
    target: DeployedEnvironment
    image: Image
    tag: str | None
    """The tag that the image gets in the target, to start the pipeline. If None, the pipeline is started directly."""

    def show(self, runs: Running) -> None:
        """Print the changes in the target.

        Args:
            runs: What the target runs before the promotion.
        """
        repository, blobs = self.target.repository, self.image.blobs
        missing = repository.missing(blobs)
        size = decimal(sum(blob.size_bytes for blob in missing))
        start = f"the push of the tag {self.tag} starts" if self.tag else "starts, with the digest,"
        command.report(f"{self.source.name} runs {self.image.digest}")
        command.report(f"{self.target.name} runs {runs.digest or runs.image} ({runs.revision})")
        command.report(
            f"copies {len(self.image.manifests)} manifests and "
            f"{len(missing)} of {len(blobs)} blobs ({size}) to {repository.describe()['repositoryUri']}"
        )
        for digest in self.image.archived:
            command.report(f"not copied: {digest}, a signature or attestation that ECR has archived")
        command.report(f"{start} one execution of the pipeline {self.target.settings.name}")

    def carry_out(self) -> None:
        """Copy the image, start one execution of the pipeline with it, and wait for the end of the execution.

        Raises:
            OutsideError: The image does not go live.
        """
        with command.on_interrupt(
            "nothing was deployed; copied blobs and manifests stay, and the next `make promote` skips them"
        ):
            copy.copy(self.source.repository, self.target.repository, self.image, Progress(CONSOLE))
        digest, executions = self.image.digest, self.target.executions
        before = executions.ids()
        if self.tag and self.target.repository.put(self.image[digest], self.tag):
            execution = delivery.started_by_push(self.target, digest, self.tag, before=before)
        else:
            execution = executions.start(digest)
        delivery.finish(self.target, digest, execution)


def plan(source: DeployedEnvironment, target: DeployedEnvironment) -> Promotion | None:
    """Print the changes and return the promotion. Return None if the target already runs the image.

    Raises:
        OutsideError: The source is not healthy, the target cannot run the image or already deploys it, or one of the
            two environments is not deployed.
    """
    digest, runs = _running_digest(source), target.running()
    if runs.digest == digest and not runs.fault:
        command.report(f"{target.name} already runs {digest} ({runs.revision}); nothing was done")
        return None
    if runs.digest == digest and runs.in_progress:
        raise OutsideError(
            f"{target.name}: {digest} is already being deployed ({runs.fault}); wait until that deployment ends"
        )
    with target.access.deployed():
        execution = target.executions.in_progress(digest)
    if execution:
        raise OutsideError(
            f"{target.name}: execution {execution} already deploys {digest}; wait until that execution ends"
        )
    with source.access.deployed():
        image = source.repository.image(digest)
        found = platforms(source.repository, image)
    if runs.platform not in found:
        raise OutsideError(
            f"{target.name}: the image must have the platform {runs.platform}, got {', '.join(sorted(found))}; "
            f"build the image for {runs.platform} too, and deploy it to {source.name} first"
        )
    with target.access.deployed():
        promotion = Promotion(source, target, image, _tag(source, target, digest))
        promotion.show(runs)
    return promotion


def _running_digest(source: DeployedEnvironment) -> str:
    runs = source.running()
    if runs.fault:
        raise OutsideError(f"{source.name}: the service is not healthy: {runs.fault}")
    if not runs.digest:
        pulled = ", ".join(sorted(runs.digests)) or "no digest"
        raise OutsideError(
            f"{source.name}: all tasks must run one image, got {pulled} for {runs.image}; "
            "push an image first, so that the pipeline deploys it by its digest"
        )
    return runs.digest


def _tag(source: DeployedEnvironment, target: DeployedEnvironment, digest: str) -> str | None:
    """Return a tag that starts the target's pipeline when it is pushed, or None if the image cannot get such a tag.

    If the target watches one tag, that tag is returned. If the target watches a pattern, the longest matching tag in
    the source is returned, because `v1.2.3` is more exact than `v1`.
    """
    pipeline = target.settings.pipeline
    moving = pipeline.moving_tag
    candidates = [moving] if moving else list(filter(pipeline.watches, source.repository.tags(digest)))
    tagged = {tag: target.repository.tagged(tag) for tag in candidates}
    if moving and tagged[moving] != digest and target.repository.describe()["imageTagMutability"] == "MUTABLE":
        return moving
    return max((tag for tag in candidates if not tagged[tag]), key=len, default=None)


if __name__ == "__main__":
    sys.exit(main())
