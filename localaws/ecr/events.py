"""ECR: the events that it sends to EventBridge.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
"""

from typing import Any

from localaws.events.bus import event


def ecr_image_action(
    *, account: str, region: str, action: str, succeeded: bool, repository: str, digest: str | None, tag: str | None
) -> dict[str, Any]:
    """Give the event of a push or a deletion, as ECR sends it; a digest or a tag that there is not is left out."""
    detail = {
        "result": "SUCCESS" if succeeded else "FAILURE",
        "repository-name": repository,
        "image-digest": digest,
        "action-type": action,
        "image-tag": tag,
    }
    return event(
        "ECR Image Action",
        source="aws.ecr",
        account=account,
        region=region,
        resources=[],
        detail={name: value for name, value in detail.items() if value is not None},
    )
