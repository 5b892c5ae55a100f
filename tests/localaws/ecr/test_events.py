"""The events of pushes: the tag and the media types."""

import json
from typing import Any

import pytest

from localaws.ecr.events import media_types
from operations.images.manifests import digest
from rehearsal.images.image import CONFIG, INDEX, MANIFEST
from rehearsal.system import wait_for_delivery
from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS, System, clients
from tests.support.localaws.images import cache, manifest, put_image

CACHE = "application/vnd.buildkit.cacheconfig.v0"
DOCKER, DOCKER_CONFIG = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.container.image.v1+json",
)


def detail(pushed: str, **more: str) -> dict[str, Any]:
    """Wait for the event of a push and return its detail."""
    expected = {"image-digest": pushed, "action-type": "PUSH"} | more
    local = clients().local
    delivery = wait_for_delivery(local, lambda event: expected.items() <= event["detail"].items(), TIMEOUT_SECONDS)
    found: dict[str, Any] = delivery["event"]["detail"]
    return found


@pytest.mark.parametrize(
    ("written", "media_type", "types"),
    [
        ({"mediaType": MANIFEST, "config": {"mediaType": CONFIG}}, None, (MANIFEST, CONFIG)),
        ({"config": {"mediaType": DOCKER_CONFIG}}, DOCKER, (DOCKER, DOCKER_CONFIG)),
        ({"mediaType": MANIFEST, "config": {"mediaType": CACHE}}, MANIFEST, (MANIFEST, CACHE)),
        ({"mediaType": MANIFEST, "artifactType": "a/b", "config": {"mediaType": CONFIG}}, None, (MANIFEST, "a/b")),
        ({"mediaType": INDEX, "manifests": []}, None, (INDEX, None)),
    ],
)
def test_media_types_are_those_of_the_manifest(
    written: dict[str, Any], media_type: str | None, types: tuple[str, str | None]
) -> None:
    found = media_types(json.dumps(written), media_type)

    assert (found["manifest-media-type"], found.get("artifact-media-type")) == types


def test_an_image_without_a_tag_has_an_empty_one_in_its_event(shop: System) -> None:
    ecr = clients().client("ecr")
    put_image(ecr, shop.name, "child", "child")
    ecr.batch_delete_image(repositoryName=shop.name, imageIds=[{"imageTag": "child"}])
    ecr.put_image(repositoryName=shop.name, imageManifest=manifest("child"))

    found = detail(digest(manifest("child").encode()), **{"image-tag": ""})
    assert (found["action-type"], found["artifact-media-type"]) == ("PUSH", CONFIG)


def test_the_event_of_a_build_cache_names_its_media_type(shop: System) -> None:
    found = detail(cache(clients().client("ecr"), shop.name, "buildcache"))

    assert (found["image-tag"], found["artifact-media-type"]) == ("buildcache", CACHE)
