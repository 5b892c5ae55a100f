"""The image tags that the pipeline watches: one tag, or a pattern.

In a pattern, `*` matches any number of characters, including none.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import re
from typing import Annotated

from pydantic import AfterValidator

WILDCARD = "*"

NO_TAG = "start-with-a-source-revision"
"""The tag in the configuration of the source action if a pattern is watched. No image should have this tag.

The source action looks for this tag if an execution starts without a source revision. Then the action fails, and the
error shows the tag. Without a tag, the action would look for `latest`, and the pipeline could deploy an image that has
no watched tag.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
"""

MOST_WILDCARDS = 4
"""The limit of wildcards in one tag pattern of an ECR lifecycle policy.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

SIGNATURES = "sha256-"
"""The prefix of the tags under which cosign stores signatures and attestations in the repository of the image.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""


def matches(pattern: str, tag: str) -> bool:
    """Return whether a tag matches a pattern. An empty tag and the tag of a signature match no pattern."""
    expression = ".*".join(map(re.escape, pattern.split(WILDCARD)))
    return bool(tag) and not tag.startswith(SIGNATURES) and re.fullmatch(expression, tag) is not None


def _check_watch(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_*][A-Za-z0-9._*-]{0,127}", value):
        raise ValueError(
            'must be an image tag such as "latest" or a pattern such as "v*": at most 128 letters, digits, dots, '
            "hyphens, underscores and asterisks, without a dot or hyphen at the start"
        )
    if WILDCARD * 2 in value:
        raise ValueError("must not have two * in a row, which EventBridge refuses")
    if value.count(WILDCARD) > MOST_WILDCARDS:
        raise ValueError(f"must have at most {MOST_WILDCARDS} *, the limit of an ECR lifecycle policy")
    # An event pattern cannot combine two conditions on one field: no rule can match "*-rc" and exclude "sha256-*".
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
    fixed, *rest = value.split(WILDCARD)
    if value != WILDCARD and (fixed.startswith(SIGNATURES) or (rest and SIGNATURES.startswith(fixed))):
        raise ValueError(
            f'must be "*" or match no tag that begins with "{SIGNATURES}", because these tags are signatures, and the '
            "push of a signature must not start a deployment"
        )
    if value != WILDCARD and matches(value, NO_TAG):
        raise ValueError(f'must not match "{NO_TAG}", a tag that the pipeline uses and that no image may have')
    return value


Watch = Annotated[str, AfterValidator(_check_watch)]
