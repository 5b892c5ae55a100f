"""ECR lifecycle policies: their validation, and the images that they expire.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from moto.ecr.models import Image, Repository

from localaws.ecr.manifest import Manifest
from localaws.json_types import JsonObject

MAX_WILDCARDS = 4


@dataclass(frozen=True)
class PushedImage:
    """An image as a lifecycle policy sees it."""

    digest: str
    tags: frozenset[str]
    pushed_at: datetime
    children: frozenset[str] = frozenset()
    """The digests of the images in an index; empty if this is not an index."""


def expire(repository: Repository, now: datetime) -> None:
    """Remove the images that the lifecycle policy of a repository expires. AWS removes such images within 24 hours."""
    if repository.lifecycle_policy:
        gone = expired(repository.lifecycle_policy, [_pushed(image) for image in repository.images], now)
        repository.images = [image for image in repository.images if image.image_digest not in gone]


def _pushed(image: Image) -> PushedImage:
    return PushedImage(
        digest=image.image_digest,
        tags=frozenset(image.image_tags),
        pushed_at=datetime.fromtimestamp(image.image_pushed_at, UTC),
        children=frozenset(child.digest for child in Manifest.of(image.image_manifest).children),
    )


def violations(policy: str) -> Iterator[str]:
    """Yield the reasons why ECR refuses a policy.

    Args:
        policy: The policy as JSON. moto has already checked that the policy has the documented members.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    """
    rules = json.loads(policy)["rules"]
    priorities = [rule["rulePriority"] for rule in rules]
    if len(set(priorities)) < len(priorities):
        yield "rulePriority must be unique"
    statuses = [rule["selection"]["tagStatus"] for rule in _by_priority(rules)]
    if "any" in statuses[:-1]:
        yield "a rule with tagStatus any must have the lowest priority"
    if statuses.count("untagged") > 1:
        yield "only one rule may select untagged images"
    for rule in rules:
        yield from _violations_of(rule["selection"])


def _violations_of(selection: JsonObject) -> Iterator[str]:
    lists = [name for name in ("tagPatternList", "tagPrefixList") if name in selection]
    if selection["tagStatus"] == "tagged" and len(lists) != 1:
        yield "tagStatus tagged needs either tagPatternList or tagPrefixList"
    if selection["tagStatus"] != "tagged" and lists:
        yield f"{lists[0]} needs tagStatus tagged"
    if any(pattern.count("*") > MAX_WILDCARDS for pattern in selection.get("tagPatternList", [])):
        yield f"a tag pattern may have at most {MAX_WILDCARDS} wildcards"
    if (selection["countType"] == "imageCountMoreThan") == ("countUnit" in selection):
        yield "countType sinceImagePushed needs countUnit, and imageCountMoreThan does not allow countUnit"


def expired(policy: str, images: Sequence[PushedImage], now: datetime) -> set[str]:
    """Return the digests of the images that a policy expires.

    Every rule counts all images that it selects. A rule does not expire an image that a rule of higher priority
    selects, and no rule expires an image that belongs to an index.

    Args:
        policy: The policy as JSON.
        images: The images of the repository. If two images were pushed at the same time, the first in the list is the
            older image.
        now: The time at which the policy is applied.
    """
    newest_first = sorted(images, key=lambda image: image.pushed_at)[::-1]
    found: set[str] = set()
    protected = {digest for image in images for digest in image.children}
    for rule in _by_priority(json.loads(policy)["rules"]):
        selected = [image for image in newest_first if _is_selected(image, rule["selection"])]
        found |= {image.digest for image in _exceeding(selected, rule["selection"], now)} - protected
        protected |= {image.digest for image in selected}
    return found


def _by_priority(rules: list[JsonObject]) -> list[JsonObject]:
    return sorted(rules, key=lambda rule: int(rule["rulePriority"]))


def _is_selected(image: PushedImage, selection: JsonObject) -> bool:
    match selection["tagStatus"]:
        case "any":
            return True
        case "untagged":
            return not image.tags
        case _:
            patterns = selection.get("tagPatternList") or [f"{prefix}*" for prefix in selection["tagPrefixList"]]
            return all(any(_matches(tag, pattern) for tag in image.tags) for pattern in patterns)


def _matches(tag: str, pattern: str) -> bool:
    return fnmatchcase(tag, pattern.replace("[", "[[]").replace("?", "[?]"))


def _exceeding(images: list[PushedImage], selection: JsonObject, now: datetime) -> list[PushedImage]:
    if selection["countType"] == "imageCountMoreThan":
        return images[selection["countNumber"] :]
    oldest = now - timedelta(days=selection["countNumber"])
    return [image for image in images if image.pushed_at < oldest]
