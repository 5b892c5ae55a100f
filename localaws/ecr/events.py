"""ECR: the events that it sends to EventBridge.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
"""

import json

from localaws.events.bus import event
from localaws.json_types import JsonObject


def ecr_image_action(
    *,
    account: str,
    region: str,
    action: str,
    succeeded: bool,
    repository: str,
    digest: str | None,
    tag: str | None,
    media_types: dict[str, str] | None = None,
) -> JsonObject:
    """Give the event of a push or a deletion, as ECR sends it; a digest or a tag that there is not is left out."""
    detail = {
        "result": "SUCCESS" if succeeded else "FAILURE",
        "repository-name": repository,
        "image-digest": digest,
        "action-type": action,
        "image-tag": tag,
        **(media_types or {}),
    }
    return event(
        "ECR Image Action",
        source="aws.ecr",
        account=account,
        region=region,
        resources=[],
        detail={name: value for name, value in detail.items() if value is not None},
    )


def media_types(manifest: str, said: str | None) -> dict[str, str]:
    """Give the media types of an image: of its manifest, and of what that describes, which an index does not say.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """
    read: JsonObject = json.loads(manifest)
    of_manifest = said or read.get("mediaType")
    of_artifact = read.get("artifactType") or read.get("config", {}).get("mediaType")
    found = {"manifest-media-type": of_manifest, "artifact-media-type": of_artifact}
    return {name: value for name, value in found.items() if value}
