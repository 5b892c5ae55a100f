"""The ECR source action: the image that it finds, and its description."""

import json
from datetime import UTC, datetime

from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, System
from tests.support.localaws.changed_pipelines import failure

URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def test_the_first_execution_finds_no_image(shop: System) -> None:
    first = shop.executions()[0]
    assert (first["status"], first["trigger"]["triggerType"]) == ("Failed", "CreatePipeline")
    assert shop.error(first["pipelineExecutionId"], "Push") == {
        "code": "JobFailed",
        "message": (
            "The image with imageId {imageDigest:'null', imageTag:'latest'} does not exist within the repository with "
            f"name 'shop' in the registry with id '{ACCOUNT}'"
        ),
    }
    assert list(shop.actions(first["pipelineExecutionId"])) == ["Push"]


def test_the_source_describes_the_image_in_eight_fields(shop: System) -> None:
    digest = shop.put_image("described", "also")
    execution = shop.push("described")["pipelineExecutionId"]
    detail = json.loads(shop.artifact(execution, "Push")["imageDetail.json"])
    [image] = shop.aws.client("ecr").describe_images(repositoryName="shop", imageIds=[{"imageTag": "also"}])[
        "imageDetails"
    ]
    pushed = datetime.strptime(detail.pop("ImagePushedAt"), "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - pushed).total_seconds()) < 600
    assert detail == {
        "ImageSizeInBytes": str(image["imageSizeInBytes"]),
        "ImageDigest": digest,
        "Version": "1.0",
        "RegistryId": ACCOUNT,
        "RepositoryName": "shop",
        "ImageURI": f"{URI}/shop@{digest}",
        "ImageTags": ["also", "latest"],
    }
    assert shop.actions(execution)["Push"]["output"]["outputVariables"] == {
        "RegistryId": ACCOUNT,
        "RepositoryName": "shop",
        "ImageTag": "latest",
        "ImageDigest": digest,
        "ImageURI": f"{URI}/shop@{digest}",
    }


def test_a_source_revision_override_has_no_image_tag(shop: System) -> None:
    digest = shop.put_image("overridden", "v1")
    revision = {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": digest}
    execution = shop.start(sourceRevisions=[revision])
    assert shop.over(execution)["status"] == "Succeeded"
    assert shop.actions(execution)["Push"]["output"]["outputVariables"] == {
        "RegistryId": ACCOUNT,
        "RepositoryName": "shop",
        "ImageDigest": digest,
        "ImageURI": f"{URI}/shop@{digest}",
    }


def test_a_repository_that_does_not_exist_fails_the_source(shop: System) -> None:
    code, message = failure(shop, "Push", Push={"configuration": {"RepositoryName": "none"}})
    assert code == "JobFailed"
    assert message.startswith("The repository with name 'none' does not exist in the registry")
