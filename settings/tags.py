"""Types of the tags that a user may add to all resources."""

from typing import Annotated

from pydantic import AfterValidator

from settings.values import matching

TAG_LIMIT = 50
"""The limit of tags on one resource.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""

RESERVED_TAGS = frozenset({"app", "environment", "managed-by"})
"""The keys of the tags that every stack sets, in lower case. IAM refuses two tag keys that differ only in case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
"""


def _check_unreserved(name: str) -> str:
    if name.lower() in RESERVED_TAGS:
        raise ValueError("must not be a tag that every stack sets")
    return name


def _check_no_aws_prefix(text: str) -> str:
    if text.lower().startswith("aws:"):
        raise ValueError("must not begin with aws:, which AWS reserves")
    return text


def _check_count(tags: dict[str, str]) -> dict[str, str]:
    # The VPC and the subnets also have the tag Name.
    if len(tags) > (room := TAG_LIMIT - len(RESERVED_TAGS) - 1):
        raise ValueError(f"must have at most {room} tags, has {len(tags)}")
    return tags


def _check_unique_ignoring_case(tags: dict[str, str]) -> dict[str, str]:
    names = [name.lower() for name in tags]
    if alike := [name for name in tags if names.count(name.lower()) > 1]:
        raise ValueError(f"must not have names that differ only in case ({', '.join(alike)})")
    return tags


# Letters of any script are valid. CodeBuild has the lowest limits on length:
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Tag.html
TagName = Annotated[
    str,
    matching(r"[\w .:/=+@-]{1,127}", '1 to 127 characters: letters, digits, spaces or any of "_.:/=+@-"'),
    AfterValidator(_check_unreserved),
    AfterValidator(_check_no_aws_prefix),
]
TagValue = Annotated[
    str,
    matching(r"[\w .:/=+@-]{0,255}", 'at most 255 characters: letters, digits, spaces or any of "_.:/=+@-"'),
    AfterValidator(_check_no_aws_prefix),
]
Tags = Annotated[dict[TagName, TagValue], AfterValidator(_check_count), AfterValidator(_check_unique_ignoring_case)]
