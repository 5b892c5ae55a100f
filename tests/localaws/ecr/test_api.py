"""The API of ECR: layer downloads, referrers, passwords, and expiry by lifecycle policies."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from operations.images.manifests import digest
from rehearsal.images.image import MANIFEST
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.images import put_image, upload


@pytest.fixture(scope="module")
def ecr() -> Any:
    client = clients().client("ecr")
    client.create_repository(repositoryName="downloads")
    return client


def _get(url: str) -> Any:
    return URLLib3Session(proxies={}).send(AWSRequest("GET", url).prepare())


def test_a_layer_is_downloaded_from_a_presigned_address(ecr: Any) -> None:
    upload(ecr, "downloads", b"bytes")

    answer = ecr.get_download_url_for_layer(repositoryName="downloads", layerDigest=digest(b"bytes"))

    assert answer["layerDigest"] == digest(b"bytes")
    assert _get(answer["downloadUrl"]).content == b"bytes"
    other = answer["downloadUrl"].replace(digest(b"bytes")[7:], digest(b"other")[7:])
    assert "Security-Token" not in answer["downloadUrl"]
    assert (_get(other).status_code, _get(answer["downloadUrl"].partition("&X-Amz")[0]).status_code) == (403, 403)


def test_the_download_of_a_missing_layer_is_refused(ecr: Any) -> None:
    with pytest.raises(ClientError, match=r"LayersNotFoundException.*within the repository with name 'downloads'"):
        ecr.get_download_url_for_layer(repositoryName="downloads", layerDigest=digest(b"none"))


def test_an_artifact_refers_to_its_subject(ecr: Any) -> None:
    subject = put_image(ecr, "downloads", "subject", "subject")
    described = {"digest": upload(ecr, "downloads", b"{}"), "size": 2, "mediaType": "application/vnd.example+json"}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described,
        "layers": [described],
        "subject": {"mediaType": MANIFEST, "digest": subject, "size": 1},
        "annotations": {"by": "somebody"},
    }
    text = json.dumps(manifest)
    ecr.put_image(repositoryName="downloads", imageManifest=text, imageManifestMediaType=MANIFEST)

    referrers = [
        ecr.list_image_referrers(repositoryName="downloads", subjectId={"imageDigest": each})["referrers"]
        for each in (subject, digest(text.encode()))
    ]

    assert referrers == [
        [
            {
                "digest": digest(text.encode()),
                "mediaType": MANIFEST,
                "artifactType": "application/vnd.example+json",
                "size": len(text),
                "annotations": {"by": "somebody"},
                "artifactStatus": "ACTIVE",
            }
        ],
        [],
    ]


def test_a_password_is_random_and_valid_for_twelve_hours(ecr: Any) -> None:
    [first], [second] = (ecr.get_authorization_token()["authorizationData"] for _ in range(2))

    assert first["authorizationToken"] != second["authorizationToken"]
    assert first["proxyEndpoint"] == f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert timedelta(hours=11) < first["expiresAt"] - datetime.now(UTC) < timedelta(hours=13)


@pytest.mark.parametrize("named", ["AWS4-HMAC-SHA256 Credential=", "X Credential=", None])
def test_an_unsigned_header_gets_no_password(named: str | None) -> None:
    """A presigned query signs none of the headers, so it must not choose the owner of the password."""
    aws = clients().local
    place = {"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"}
    request = AWSRequest("POST", f"{aws.endpoint}/", headers=place, data="{}")
    SigV4QueryAuth(aws.key, "ecr", REGION).add_auth(request)
    if named:
        request.headers["Authorization"] = f"{named}local/20260101/{REGION}/ecr/aws4_request"

    answer = URLLib3Session(proxies={}).send(request.prepare())

    assert b"authorizationToken" not in answer.content


def _expiring(ecr: Any, name: str, **selection: Any) -> None:
    ecr.create_repository(repositoryName=name)
    rule = {"rulePriority": 1, "selection": {"tagStatus": "any", **selection}, "action": {"type": "expire"}}
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps({"rules": [rule]}))


def _tags(ecr: Any, name: str) -> list[str]:
    return sorted(each["imageTag"] for each in ecr.list_images(repositoryName=name)["imageIds"])


def test_a_push_expires_the_excess_images(ecr: Any) -> None:
    _expiring(ecr, "expires", countType="imageCountMoreThan", countNumber=2)

    for tag in ("first", "second", "third"):
        put_image(ecr, "expires", tag, tag)

    assert _tags(ecr, "expires") == ["second", "third"]


def test_time_expires_old_images(ecr: Any) -> None:
    _expiring(ecr, "ages", countType="sinceImagePushed", countUnit="days", countNumber=1)
    put_image(ecr, "ages", "first", "first")
    before = _tags(ecr, "ages")

    clients().local.advance(seconds=25 * 3600)

    assert (before, _tags(ecr, "ages")) == (["first"], [])
