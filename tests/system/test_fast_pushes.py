"""Pushes to a local AWS with the rule that the application declares: each deploys its own image."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localaws.events.bus import Bus
from modules.delivery.stages import SOURCE_ACTION
from operations.images.manifests import digest as digest_of
from rehearsal.images.image import Image
from settings.image_tags import NO_TAG
from tests.support.localaws.aws_pipeline import System, clients, until
from tests.support.localaws.images import cache, upload
from tests.support.localaws.watched_pipelines import nothing_matched, watching

pytestmark = pytest.mark.slow


def deployed(shop: System) -> list[str]:
    """Return the images of the service's revisions in order, without the first one, which Terraform registers."""
    ecs = clients().client("ecs")
    arns = ecs.list_task_definitions(familyPrefix=shop.name, sort="ASC")["taskDefinitionArns"][1:]
    return [shop.task_definition(arn)["containerDefinitions"][0]["image"] for arn in arns]


def started(shop: System) -> list[dict[str, Any]]:
    """Wait for the end of all executions, and return all but the first, in the order of their start."""
    return [shop.over(execution["pipelineExecutionId"]) for execution in shop.executions()[1:]]


def pushes(shop: System) -> list[dict[str, Any]]:
    """Return the events of this repository's pushes so far, in the order of delivery."""
    events = [delivery["event"] for delivery in clients().deliveries()]
    return [each for each in events if each["detail"].get("repository-name") == shop.name]


def uri(shop: System, digest: str) -> str:
    return f"{shop.repository_uri}@{digest}"


def deliver(*events: dict[str, Any]) -> None:
    """Deliver events of this system again."""
    bus = Bus(clients().aws, lambda *_: None)
    for event in events:
        bus.put(event)
    until(lambda: len(bus.deliveries) == len(events))


def put_index(ecr: Any, repository: str, tag: str) -> str:
    """Push an index as docker does: images by digest, then the index by tag. Return its digest."""
    image = Image.build(b"index", "arm64")
    for blob in image.blobs:
        upload(ecr, repository, blob)
    for child in image.manifests:
        ecr.put_image(repositoryName=repository, imageManifest=child.decode(), imageDigest=digest_of(child))
    ecr.put_image(repositoryName=repository, imageManifest=image.index.decode(), imageTag=tag)
    return digest_of(image.index)


def test_ten_fast_pushes_of_ten_tags_are_ten_revisions_in_order(tmp_path: Path) -> None:
    shop = watching("ten", tmp_path, watch="*", execution_mode="QUEUED")
    tags = [f"v{number}" for number in range(10)]

    with ThreadPoolExecutor(len(tags)) as threads:
        digests = dict(zip(tags, threads.map(lambda tag: shop.put_image(f"image {tag}", tag), tags), strict=True))
    until(lambda: len(shop.executions()) == 11)

    executions = started(shop)
    assert [execution["status"] for execution in executions] == ["Succeeded"] * 10
    took = [execution["artifactRevisions"][0]["revisionId"] for execution in executions]
    assert deployed(shop) == [uri(shop, digest) for digest in took]
    assert sorted(took) == sorted(digests.values())
    assert took == [event["detail"]["image-digest"] for event in pushes(shop)]


def test_a_doubled_event_deploys_its_own_image_again(tmp_path: Path) -> None:
    shop = watching("doubled", tmp_path, watch="*", execution_mode="QUEUED")
    digests = [shop.put_image(f"image {tag}", tag) for tag in ("v1", "v2")]
    until(lambda: len(shop.executions()) == 3)
    started(shop)
    [_, newest] = pushes(shop)

    deliver(newest)

    assert [execution["status"] for execution in started(shop)] == ["Succeeded"] * 3
    assert deployed(shop) == [uri(shop, digest) for digest in (*digests, digests[-1])]
    assert shop.task_definition()["containerDefinitions"][0]["image"] == uri(shop, digests[-1])


def test_reordered_events_each_deploy_their_own_image(tmp_path: Path) -> None:
    shop = watching("reordered", tmp_path, watch="v*", execution_mode="QUEUED")
    with nothing_matched(shop):
        digests = [shop.put_image(f"image {tag}", tag) for tag in ("v1", "v2", "v3")]
        shop.delivery(**{"image-digest": digests[-1]})
    first, second, third = pushes(shop)

    deliver(second, third, first)

    assert [execution["status"] for execution in started(shop)] == ["Succeeded"] * 3
    assert deployed(shop) == [uri(shop, digests[number]) for number in (1, 2, 0)]


def test_superseded_deploys_the_newest_of_those_that_wait(tmp_path: Path) -> None:
    shop = watching("superseded", tmp_path, watch="*")
    digests = [shop.put_image(f"image {number}", f"v{number}") for number in range(10)]
    until(lambda: len(shop.executions()) == 11)

    statuses = [execution["status"] for execution in started(shop)]
    assert statuses[-1] == "Succeeded"
    assert set(statuses) <= {"Succeeded", "Superseded"}
    assert len(deployed(shop)) == statuses.count("Succeeded")
    assert deployed(shop)[-1] == uri(shop, digests[-1])


def test_a_start_without_a_source_revision_deploys_nothing(tmp_path: Path) -> None:
    shop = watching("harmless", tmp_path, watch="v*")
    before = shop.service()["taskDefinition"]
    with nothing_matched(shop):
        unwatched = shop.put_image("not watched", "latest")
        shop.delivery(**{"image-digest": unwatched})

    by_itself, by_hand = shop.executions()[0]["pipelineExecutionId"], shop.start()
    for execution in (by_itself, by_hand):
        assert shop.over(execution)["status"] == "Failed"
        assert list(shop.actions(execution)) == ["Push"]
        assert f"imageTag:'{NO_TAG}'" in shop.error(execution, "Push")["message"]
    assert shop.service()["taskDefinition"] == before

    digest = shop.put_image("the next push", "v1")
    until(lambda: len(shop.executions()) == 3)
    assert shop.over(shop.executions()[-1]["pipelineExecutionId"])["status"] == "Succeeded"
    assert deployed(shop) == [uri(shop, digest)]


def test_by_hand_any_digest_of_the_repository_is_deployed(tmp_path: Path) -> None:
    shop = watching("by-hand", tmp_path, watch="v*")
    digest = shop.put_image("a lost event", "other")
    revision = {"actionName": SOURCE_ACTION, "revisionType": "IMAGE_DIGEST", "revisionValue": digest}

    assert shop.over(shop.start(sourceRevisions=[revision]))["status"] == "Succeeded"
    assert deployed(shop) == [uri(shop, digest)]


def test_an_index_is_one_deployment_and_two_tags_are_two(tmp_path: Path) -> None:
    shop = watching("tagged", tmp_path, watch="*", execution_mode="QUEUED")
    ecr = clients().client("ecr")

    index = put_index(ecr, shop.name, "v1")
    shop.delivery(**{"image-digest": index, "image-tag": "v1"})
    assert [execution["status"] for execution in started(shop)] == ["Succeeded"]
    assert {event["detail"]["image-tag"] for event in pushes(shop)} == {"", "v1"}

    tagged = {"imageTag": "also-v1", "imageManifest": Image.build(b"index", "arm64").index.decode()}
    ecr.put_image(repositoryName=shop.name, **tagged)
    shop.delivery(**{"image-digest": index, "image-tag": "also-v1"})
    assert [execution["status"] for execution in started(shop)] == ["Succeeded"] * 2
    assert deployed(shop) == [uri(shop, index)] * 2


def test_signatures_and_build_caches_start_nothing(tmp_path: Path) -> None:
    shop = watching("kept", tmp_path, watch="*")
    signature = shop.put_image("signature", f"sha256-{'0' * 64}.sig")
    cached = cache(clients().client("ecr"), shop.name, "buildcache")

    for digest in (signature, cached):
        assert shop.delivery(**{"image-digest": digest}) == {"matched": False, "targets": []}
    assert started(shop) == []
