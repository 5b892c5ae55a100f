"""The program behind `make promote`: puts the image that runs in one environment live in another."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from rich.prompt import Confirm

from operations import command, images
from operations.command import CONSOLE
from operations.deployed import Environment
from operations.manifests import Image
from operations.service import Running
from tools.outside import OutsideError


def main() -> int:
    """Promote from the first environment on the command line to the second one, or say why not."""
    parser = command.Parser(prog="make promote", description=__doc__)
    parser.add_argument("source", metavar="FROM", type=partial(command.environment, variable="FROM"))
    parser.add_argument("target", metavar="TO", type=partial(command.environment, variable="TO"))
    parser.add_argument("--yes", action="store_true", help="do not ask, even if the target is protected")
    arguments = parser.parse_args()
    if arguments.source == arguments.target:
        parser.error(f"FROM and TO must name two environments, got {arguments.source} for both")
    return command.run(lambda: _run(arguments.source, arguments.target, yes=arguments.yes))


def _run(source: str, target: str, *, yes: bool) -> int:
    of_source, of_target = command.settings(source), command.settings(target)
    with CONSOLE.status("reading both environments"):
        with command.aws_configuration():
            from_, to = Environment(of_source, command="promote"), Environment(of_target, command="promote")
        promotion = plan(from_, to)
    if promotion:
        if of_target.protect and not yes:
            _ask(target)
        promotion.carry_out()
    return 0


def _ask(target: str) -> None:
    if not (sys.stdin and sys.stdin.isatty()):
        raise OutsideError(
            f"{target}.protect: a promotion to a protected environment needs an approval, and there is no terminal to "
            "ask on; approve it with YES=1"
        )
    if not Confirm.ask("Promote?", console=CONSOLE, default=False):
        raise OutsideError("the promotion was not approved; nothing was changed")


@dataclass(frozen=True)
class Promotion:
    """One image on its way from one environment to another."""

    source: Environment
    target: Environment
    image: Image
    tag: str | None
    """The tag that the image gets, and whose push starts the pipeline. With None the pipeline is started instead."""

    def show(self, runs: Running) -> None:
        """Print what will change in the target, which runs something else yet."""
        repository, blobs = self.target.repository, self.image.blobs
        lacking = repository.lacking(blobs)
        size = images.mebibytes(sum(blob.size_bytes for blob in lacking))
        start = f"the push of the tag {self.tag}" if self.tag else "a start with the digest"
        _say(f"{self.source.name} runs {self.image.digest}")
        _say(f"{self.target.name} runs {runs.digest or runs.image} ({runs.revision})")
        _say(
            f"to copy to {repository.describe()['repositoryUri']}: {len(self.image.manifests)} manifests, "
            f"{len(lacking)} of {len(blobs)} blobs, {size}"
        )
        for what in self.image.archived:
            _say(f"not copied: {what}, a signature or attestation that ECR has archived")
        _say(f"to go live by one execution of the pipeline {self.target.settings.name}, by {start}")

    def carry_out(self) -> None:
        """Copy the image, have one execution put it live, and wait for the end of that.

        Raises:
            OutsideError: The image does not go live.
        """
        with _interrupted("nothing has changed: ECR shows an image only when all of it is there"):
            images.copy(self.source.repository, self.target.repository, self.image, _say)
        digest, executions = self.image.digest, self.target.executions
        before = {each["pipelineExecutionId"] for each in executions.newest()}
        if self.tag and self.target.repository.put(self.image[digest], self.tag):
            with _interrupted(f"the push of the tag {self.tag} starts the pipeline all the same"):
                execution = executions.started_by_push(digest, before=before)
        else:
            execution = executions.start(digest)
        with _interrupted(f"execution {execution} goes on"):
            _say(f"execution {execution}")
            executions.finish(execution, _say)
        runs = self.target.running()
        if runs.digest != digest:
            raise OutsideError(f"{self.target.name}: execution {execution} succeeded, but {runs.image} runs")
        _say(f"{self.target.name} runs {digest} ({runs.revision})")


def plan(source: Environment, target: Environment) -> Promotion | None:
    """Print what a promotion would change, and return it; None if the target runs the image already.

    Raises:
        OutsideError: The source does not run one image healthily, the target cannot run it, or one is not deployed.
    """
    digest, runs = _running_image(source), target.running()
    if runs.digest == digest and not runs.fault:
        _say(f"{target.name} runs {digest} already ({runs.revision}); nothing was done")
        return None
    if runs.digest == digest and runs.in_progress:
        raise OutsideError(f"{target.name}: {digest} is being deployed already: {runs.fault}; wait for its end")
    with source.expected():
        image = source.repository.image(digest)
        platforms = source.repository.platforms(image)
    if runs.platform not in platforms:
        raise OutsideError(
            f"{target.name}: the image must have the platform {runs.platform}, got {', '.join(sorted(platforms))}; "
            f"build it for {runs.platform}, too, and let {source.name} run it first"
        )
    with target.expected():
        target.executions.newest()  # there is none without a pipeline
        promotion = Promotion(source, target, image, _tag(source, target, digest))
        promotion.show(runs)
    return promotion


def _running_image(source: Environment) -> str:
    runs = source.running()
    if runs.fault:
        raise OutsideError(f"{source.name}: must run healthily, and does not: {runs.fault}")
    if not runs.digest:
        pulled = ", ".join(sorted(runs.digests)) or "none"
        raise OutsideError(
            f"{source.name}: its tasks must run one image, got digests: {pulled}, for {runs.image}; "
            "deliver an image first"
        )
    return runs.digest


def _tag(source: Environment, target: Environment, digest: str) -> str | None:
    """The tag whose push starts the pipeline of the target; None if it has no such tag to give."""
    pipeline = target.settings.pipeline
    moving = pipeline.moving_tag
    wanted = [moving] if moving else list(filter(pipeline.watches, source.repository.tags(digest)))
    held = {tag: target.repository.tagged(tag) for tag in wanted}
    if moving and held[moving] != digest and target.repository.describe()["imageTagMutability"] != "IMMUTABLE":
        return moving
    return max((tag for tag in wanted if not held[tag]), key=len, default=None)


@contextmanager
def _interrupted(so: str) -> Iterator[None]:
    """In the block, Ctrl-C tells what becomes of the promotion."""
    try:
        yield
    except KeyboardInterrupt:
        _say(so)
        raise


def _say(text: str) -> None:
    CONSOLE.print(text, soft_wrap=True, highlight=False, markup=False)


if __name__ == "__main__":
    sys.exit(main())
