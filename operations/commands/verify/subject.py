"""Subject: the revision and the image that are checked."""

import re
from dataclasses import dataclass

from botocore.exceptions import ClientError

from operations import reasons
from operations.system.definitions import Definition
from operations.system.deployed import DeployedEnvironment
from operations.system.network import Placement
from operations.system.service import Running
from tools.outside import OutsideError

DIGEST = r"sha256:[0-9a-f]{64}"
REVISION = r"([a-zA-Z0-9_-]+:)?([0-9]+)"


@dataclass(frozen=True)
class Subject:
    """A revision and an image, with the service that would run them."""

    definition: Definition
    """The definition of the revision."""
    image: str
    """A digest or a tag."""
    running: Running
    placement: Placement


def find(deployed: DeployedEnvironment, wanted: str | None) -> Subject:
    """Return what a deployment would run.

    The pipeline deploys a copy of the running revision, with another image. So for an image, the running revision is
    checked.

    Args:
        deployed: The environment.
        wanted: The digest or the tag of an image, or a revision, as `7` or as `shop-dev:7`. None for the image with the
            watched tag.

    Raises:
        ClientError: AWS refuses a request.
        NotDeployedError: The service does not exist.
        OutsideError: The environment watches a pattern, and nothing is named, or the named revision does not exist.
    """
    settings = deployed.settings
    running, placement = deployed.running(), deployed.placement()
    revision = re.fullmatch(REVISION, wanted or "")
    if revision and not re.fullmatch(DIGEST, wanted or ""):
        found = _revision(deployed, revision)
        return Subject(found, found.digest or found.tag or "", running, placement)
    image = wanted or settings.pipeline.moving_tag
    if not image:
        raise OutsideError(
            f"{settings.environment}.pipeline.watch is the pattern {settings.pipeline.watch}; name a tag, a digest or "
            "a revision"
        )
    return Subject(deployed.definition(running.revision), image, running, placement)


def _revision(deployed: DeployedEnvironment, named: re.Match[str]) -> Definition:
    """Return a revision of the environment. ECS answers for one that does not exist without its name."""
    family, name = (named[1] or "").removesuffix(":"), f"{deployed.settings.name}:{named[2]}"
    missing = OutsideError(
        f"{named[0][:40]}: is not a revision of {deployed.settings.name}; see ops history {deployed.name}"
    )
    if family and family != deployed.settings.name:
        raise missing
    try:
        return deployed.definition(name)
    except ClientError as error:
        if reasons.code(error) != "ClientException":
            raise
        raise missing from None
