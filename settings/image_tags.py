"""Image tags to watch: one tag, or a pattern in which `*` matches any characters, or none.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import re
from typing import Annotated

from pydantic import AfterValidator

WILDCARD = "*"

NO_TAG = "start-with-a-source-revision"
"""A tag that no image should have. An execution without a source revision fails in Source and shows it.

Without any tag the source action would look for `latest`, and could deploy an image that is not watched.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
"""

MOST_WILDCARDS = 4
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"""

SIGNATURES = "sha256-"
"""Begins the tags under which cosign keeps signatures and attestations of an image, beside the image.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""


def matches(pattern: str, tag: str) -> bool:
    """Whether a tag is what a pattern describes. No pattern describes an empty tag or one of a signature."""
    expression = ".*".join(map(re.escape, pattern.split(WILDCARD)))
    return bool(tag) and not tag.startswith(SIGNATURES) and re.fullmatch(expression, tag) is not None


def _check_watch(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_*][A-Za-z0-9._*-]{0,127}", value):
        raise ValueError(
            "must be an image tag such as latest or a pattern such as v*: at most 128 letters, digits and ._-*, "
            "not starting with . or -"
        )
    if WILDCARD * 2 in value:
        raise ValueError("must not have two * in a row, which EventBridge refuses")
    if value.count(WILDCARD) > MOST_WILDCARDS:
        raise ValueError(f"must not have more than {MOST_WILDCARDS} *, the limit of an ECR lifecycle policy")
    # An event pattern cannot combine two conditions on one field. So no rule can match "*-rc" and exclude "sha256-*".
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
    fixed, *rest = value.split(WILDCARD)
    if value != WILDCARD and (fixed.startswith(SIGNATURES) or (rest and SIGNATURES.startswith(fixed))):
        raise ValueError(
            f"must be * or a pattern that matches no tag beginning with {SIGNATURES}: signatures have such tags, and "
            "pushing one must deploy nothing"
        )
    return value


Watch = Annotated[str, AfterValidator(_check_watch)]
