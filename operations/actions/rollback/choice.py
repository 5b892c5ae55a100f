"""choose: the image that `ops rollback` deploys, as the option `--to` names it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError

from operations import reasons
from operations.actions.rollback.situation import Situation
from operations.commands.table import short
from operations.system.deployed import DeployedEnvironment
from tools.outside import OutsideError

SHORTEST = 12
"""The length of the digests that the tables of `ops` show."""
DIGEST = r"(?:sha256:)?[0-9a-f]{12,64}"
REVISION = r"(?!sha256:)(?:(?P<family>[\w-]+):)?(?P<number>\d+)"
TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"


@dataclass(frozen=True)
class Choice:
    """An image."""

    digest: str
    source: str
    """How the image was found, such as `the tag v1`."""


def choose(deployed: DeployedEnvironment, situation: Situation, wanted: str | None) -> Choice:
    """Return the image to deploy.

    Args:
        deployed: The environment.
        situation: What the environment runs and ran.
        wanted: A digest, the beginning of a digest, a tag or a revision. None for the image that ran before.

    Raises:
        OutsideError: No image fits, or several images fit.
    """
    name = deployed.name
    if wanted is None:
        if previous := situation.previous:
            return Choice(previous, "the image that ran healthily before")
        runs = short(situation.runs.digest or "") or situation.runs.image
        others = [each for each in situation.healthy if each != situation.runs.digest]
        known = f"; these images ran healthily: {', '.join(map(short, others))}" if others else ""
        raise OutsideError(
            f"{name}: no execution has deployed another image before {runs}"
            f"{known}; name an image with --to (ops history {name}, ops images {name})"
        )
    found = [*_all(deployed, situation, wanted)]
    if len({each.digest for each in found}) == 1:
        return found[0]
    if not found:
        raise OutsideError(
            f"--to: {wanted!a} is neither a tag nor the beginning of a digest in the repository "
            f"{deployed.repository.name}, nor a revision; see ops history {name} and ops images {name}"
        )
    raise OutsideError(
        f"--to: {wanted!a} means several images: " + ", ".join(f"{each.digest} ({each.source})" for each in found)
    )


def _all(deployed: DeployedEnvironment, situation: Situation, wanted: str) -> Iterator[Choice]:
    """Yield every image that a text can mean."""
    if re.fullmatch(TAG, wanted) and (tagged := deployed.repository.tagged(wanted)):
        yield Choice(tagged, f"the tag {wanted}")
    if re.fullmatch(DIGEST, wanted):
        beginning = f"sha256:{wanted.removeprefix('sha256:')}"
        known = {*deployed.images.digests(), *(each.digest for each in situation.executions)}
        matching = sorted(each for each in known if each.startswith(beginning))
        if not matching and len(beginning) == len("sha256:") + 64:
            matching = [beginning]
        yield from (Choice(each, f"the digest {beginning}") for each in matching)
    if (named := re.fullmatch(REVISION, wanted)) and len(named["number"]) < SHORTEST:
        family = named["family"] or deployed.settings.name
        if family != deployed.settings.name:
            raise OutsideError(f"--to: the revision must belong to the family {deployed.settings.name}, got {wanted!a}")
        if found := _of_revision(deployed, f"{family}:{int(named['number'])}"):
            yield found


def _of_revision(deployed: DeployedEnvironment, revision: str) -> Choice | None:
    """Return the image of a revision, or None if the revision does not exist."""
    with _missing() as missing:
        definition = deployed.definition(revision)
    if missing:
        return None
    if definition.repository.partition("/")[2] != deployed.repository.name:
        raise OutsideError(f"--to: the image of {revision}, {definition.image}, is not in the environment's repository")
    if not definition.digest:
        raise OutsideError(
            f"--to: {revision} names its image by the tag {definition.tag}, which may have moved since; name a digest"
        )
    return Choice(definition.digest, f"the image of {revision}")


@contextmanager
def _missing() -> Iterator[list[str]]:
    """Note the error of ECS for a revision that does not exist.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
    """
    noted: list[str] = []
    try:
        yield noted
    except ClientError as error:
        if reasons.code(error) != "ClientException":
            raise
        noted.append(reasons.code(error))
