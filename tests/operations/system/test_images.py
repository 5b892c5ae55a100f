"""Tests of the images of large repositories, and of scans. tests/operations/commands/test_images.py has the rest."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations.images.manifests import CONFIG, INDEX, MANIFEST, Manifest
from operations.images.repository import Repository
from operations.system.images import Images, Scan

PUSHED = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="key")


def manifest(number: int) -> Manifest:
    config = {"mediaType": CONFIG, "digest": f"sha256:{number:064x}", "size": 2}
    return Manifest(json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}), MANIFEST)


def index(*images: Manifest) -> Manifest:
    parts = [
        {"mediaType": MANIFEST, "digest": each.digest, "platform": {"os": "linux", "architecture": architecture}}
        for each, architecture in zip(images, ("amd64", "arm64"), strict=True)
    ]
    return Manifest(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": parts}), INDEX)


def answer(stub: Stubber, manifests: list[Manifest], *, pages: int = 1, tags: tuple[str, ...] = ()) -> None:
    """Let ECR describe the manifests in pages, and return them by the hundred. The last manifest has the tags."""
    details = [
        {"imageDigest": each.digest, "imagePushedAt": PUSHED + timedelta(seconds=number)}
        for number, each in enumerate(manifests)
    ]
    details[-1]["imageTags"] = [*tags]
    size = -(-len(details) // pages)
    for page in range(pages):
        more = {"nextToken": str(page)} if page < pages - 1 else {}
        asked = {"repositoryName": "shop-dev"} | ({"nextToken": str(page - 1)} if page else {})
        stub.add_response("describe_images", {"imageDetails": details[page * size : (page + 1) * size]} | more, asked)
    for first in range(0, len(manifests), 100):
        images = [
            {
                "imageId": {"imageDigest": each.digest},
                "imageManifest": each.text,
                "imageManifestMediaType": each.media_type,
            }
            for each in manifests[first : first + 100]
        ]
        stub.add_response("batch_get_image", {"images": images})


def test_all_pages_are_read_and_the_newest_image_is_first(ecr: Any) -> None:
    manifests = [manifest(number) for number in range(150)]
    with Stubber(ecr) as stub:
        answer(stub, manifests, pages=2)

        found = Images(ecr, Repository(ecr, "shop-dev")).deployable()

        stub.assert_no_pending_responses()
    assert [each.digest for each in found] == [each.digest for each in reversed(manifests)]


def test_an_index_has_the_highest_numbers_of_its_images(ecr: Any) -> None:
    parts = [manifest(1), manifest(2)]
    counts: list[dict[str, int]] = [{"LOW": 3, "HIGH": 1}, {"LOW": 1, "CRITICAL": 2}]
    images = Images(ecr, Repository(ecr, "shop-dev"))
    with Stubber(ecr) as stub:
        answer(stub, [*parts, index(*parts)], tags=("v1",))
        for found in counts:
            scan = {"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": {"findingSeverityCounts": found}}
            stub.add_response("describe_image_scan_findings", scan)
        [listed] = images.deployable()

        scans = images.scans([listed])

    assert scans == {listed.digest: Scan("COMPLETE", {"CRITICAL": 2, "HIGH": 1, "LOW": 3})}
    assert [*(scans[listed.digest] or Scan("", {})).findings] == ["CRITICAL", "HIGH", "LOW"]


def test_a_scan_that_has_not_ended_has_its_status(ecr: Any) -> None:
    images = Images(ecr, Repository(ecr, "shop-dev"))
    with Stubber(ecr) as stub:
        answer(stub, [manifest(1)])
        stub.add_response("describe_image_scan_findings", {"imageScanStatus": {"status": "UNSUPPORTED_IMAGE"}})
        [listed] = images.deployable()

        [scan] = images.scans([listed]).values()

    assert scan
    assert (scan.status, scan.ended, scan.findings) == ("UNSUPPORTED_IMAGE", False, {})
