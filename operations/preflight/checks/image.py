"""Check of the image that a new service would run.

The service of a deployed environment keeps its image, so nothing in the repository can harm its deployment.
"""

from collections.abc import Iterator, Set

from operations.images.repository import Repository
from operations.images.source import platforms
from operations.preflight.context import Context
from operations.preflight.finding import Finding, ok, problem, warning
from operations.system.service import DEFAULT_PLATFORM

PLACE = "image"


def check(context: Context) -> Iterator[Finding]:
    """Look for the image with the default tag, and compare its platforms with that of the service.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
    """
    settings = context.settings
    service = context.service()
    if service:
        revision = service["taskDefinition"].rpartition("/")[2]
        yield ok(PLACE, f"a deployment keeps the image that the service runs (revision {revision})")
        return
    if context.repository() is None:
        yield warning(
            PLACE,
            f"the repository {settings.name} does not exist yet, so the first tasks find no image",
            advice=f"run `cdktf deploy {settings.stacks.registry}` first, and push an image",
        )
        return
    if settings.pipeline.moving_tag is None:
        yield _pattern(context)
        return
    repository = Repository(context.client("ecr"), settings.name)
    digest = repository.tagged(settings.pipeline.moving_tag)
    if digest is None:
        yield warning(
            PLACE,
            f"no image in {settings.name} has the tag {settings.pipeline.moving_tag}, so the first tasks cannot start",
            advice="push an image before the deployment. After a push during or after the deployment, the pipeline "
            "deploys the image",
        )
        return
    yield _platform(context, repository, digest)


def _platform(context: Context, repository: Repository, digest: str) -> Finding:
    settings = context.settings
    found = platforms(repository, repository.image(digest))
    described = (
        f"{settings.pipeline.moving_tag} is {digest}, pushed at {repository.pushed(digest).pushed:%Y-%m-%d %H:%M %Z}"
    )
    return of_platforms(f"{described},", found, DEFAULT_PLATFORM)


def of_platforms(described: str, found: Set[str], needed: str) -> Finding:
    """Return the finding about an image that has these platforms.

    Args:
        described: The image, as the beginning of a sentence.
        found: The platforms of the image.
        needed: The platform of the tasks.
    """
    shown = ", ".join(sorted(found)) or "no platform"
    if needed in found:
        return ok(PLACE, f"{described} for {shown}")
    return problem(
        PLACE,
        f"{described} for {shown}. The tasks need {needed}, so none of them would start",
        advice=f"build the image with `docker build --platform {needed}`, and push it again",
    )


def _pattern(context: Context) -> Finding:
    """Return the finding for an environment that watches a pattern: a new service starts only after a push."""
    settings = context.settings
    return warning(
        PLACE,
        f"{settings.environment}.pipeline.watch is the pattern {settings.pipeline.watch}, so a new service has no "
        "image until the next push of a tag that matches",
        advice="push an image after the deployment, or start the pipeline with the digest of an image as "
        'docs/operations.md says in "Which pushes are deployed"',
    )
