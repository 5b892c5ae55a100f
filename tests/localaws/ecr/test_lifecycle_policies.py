"""Lifecycle policies: the images that they expire, and the contradictions that ECR refuses."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localaws.ecr.lifecycle_policies import PushedImage, expired, violations
from tests.support.synthesized import System

NOW = datetime(2026, 11, 26, tzinfo=UTC)
EXPIRE = {"type": "expire"}


def selects(status: str, count: int, **selection: Any) -> dict[str, Any]:
    return {"tagStatus": status, "countType": "imageCountMoreThan", "countNumber": count, **selection}


def policy(*selections: dict[str, Any]) -> str:
    """Return a policy whose rules have the priorities 1, 2, 3, and so on."""
    rules = [
        {"rulePriority": number, "selection": each, "action": EXPIRE} for number, each in enumerate(selections, start=1)
    ]
    return json.dumps({"rules": rules})


def image(digest: str, *tags: str, days_ago: int = 0, children: Sequence[str] = ()) -> PushedImage:
    return PushedImage(digest, frozenset(tags), NOW - timedelta(days=days_ago), frozenset(children))


WATCHED = selects("tagged", 1, tagPatternList=["latest"])


def test_one_rule_for_any_image_expires_the_deployed_image() -> None:
    """30 pushes of other tags expire it. A rule for its tag protects it."""
    images = [image("runs", "latest"), *(image(f"other-{number}", f"pr-{number}") for number in range(30))]

    assert expired(policy(selects("any", 30)), images, NOW) == {"runs"}
    assert expired(policy(WATCHED, selects("any", 30)), images, NOW) == set()


def test_the_declared_policy_protects_the_watched_tag(dev: System) -> None:
    declared = dev["dev-registry"].resource("aws_ecr_lifecycle_policy")["policy"]
    images = [image("runs", "latest"), *(image(f"other-{number}", f"pr-{number}") for number in range(30))]

    assert list(violations(declared)) == []
    assert expired(declared, [*images, image("newest")], NOW) == {"other-0"}


def test_the_declared_policy_of_a_pattern_protects_30_images(prod: System) -> None:
    declared = prod["prod-registry"].resource("aws_ecr_lifecycle_policy")["policy"]
    images = [
        *(image(f"watched-{number}", f"release-{number}") for number in range(31)),
        *(image(f"other-{number}", f"pr-{number}") for number in range(31)),
    ]

    assert list(violations(declared)) == []
    assert expired(declared, images, NOW) == {"watched-0", "other-0"}


def test_an_image_that_lost_its_tag_is_not_protected() -> None:
    """A service may still run the image by its digest, as docs/operations.md says."""
    images = [image("runs"), image("pushed", "latest"), *(image(f"other-{number}") for number in range(29))]

    assert expired(policy(WATCHED, selects("any", 30)), images, NOW) == {"runs"}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([selects("any", 2)], "ab"),
        ([selects("untagged", 1)], "a"),
        ([selects("tagged", 1, tagPrefixList=["v"])], "b"),
        ([selects("tagged", 1, tagPatternList=["*2", "x?"])], ""),
        ([selects("tagged", 1, tagPatternList=["v*"]), selects("any", 1)], "abc"),
        ([selects("untagged", 5), selects("any", 1)], "b"),
        ([{"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 2}], "a"),
    ],
)
def test_rules_are_applied_by_priority_to_the_oldest_images(rules: list[dict[str, Any]], expected: str) -> None:
    images = [image("a", days_ago=3), image("b", "v1", days_ago=2), image("c", days_ago=1), image("d", "v2", "x")]

    assert expired(policy(*rules), images, NOW) == set(expected)


def test_an_index_protects_its_images() -> None:
    """The images in an index count too."""
    images = [image("old"), image("arm"), image("x86"), image("index", "latest", children=["arm", "x86"])]

    assert expired(policy(selects("any", 1)), images, NOW) == {"old"}


@pytest.mark.parametrize(
    ("rules", "violation"),
    [
        ([selects("any", 1), WATCHED], "a rule with tagStatus any must have the lowest priority"),
        ([selects("untagged", 1), selects("untagged", 2)], "only one rule may select untagged images"),
        ([selects("tagged", 1)], "tagStatus tagged needs either tagPatternList or tagPrefixList"),
        ([WATCHED | {"tagPrefixList": ["v"]}], "tagStatus tagged needs either tagPatternList or tagPrefixList"),
        ([selects("any", 1, tagPatternList=["v*"])], "tagPatternList needs tagStatus tagged"),
        ([selects("tagged", 1, tagPatternList=["a*b*c*d*e*"])], "a tag pattern may have at most 4 wildcards"),
        (
            [selects("any", 1, countUnit="days")],
            "countType sinceImagePushed needs countUnit, and imageCountMoreThan does not allow countUnit",
        ),
        (
            [selects("any", 1) | {"countType": "sinceImagePushed"}],
            "countType sinceImagePushed needs countUnit, and imageCountMoreThan does not allow countUnit",
        ),
    ],
)
def test_rules_that_contradict_each_other_are_refused(rules: list[dict[str, Any]], violation: str) -> None:
    assert list(violations(policy(*rules))) == [violation]


def test_priorities_are_unique() -> None:
    rules = [{"rulePriority": 1, "selection": selects("any", 1), "action": EXPIRE}] * 2

    assert "rulePriority must be unique" in violations(json.dumps({"rules": rules}))
