"""The events that ECR sends to EventBridge.

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
    """Return the event of a push or a deletion. The event omits the digest or the tag if that argument is None."""
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


def media_types(manifest: str, media_type: str | None) -> dict[str, str]:
    """Return the media type of a manifest, and the media type of its artifact if the manifest has one.

    Args:
        manifest: The manifest as text.
        media_type: The media type of the manifest in the request, if the request has one.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
    """
    document: JsonObject = json.loads(manifest)
    of_manifest = media_type or document.get("mediaType")
    of_artifact = document.get("artifactType") or document.get("config", {}).get("mediaType")
    found = {"manifest-media-type": of_manifest, "artifact-media-type": of_artifact}
    return {name: value for name, value in found.items() if value}
