"""The ECR source action, which finds an image by its tag or digest and writes a description of the image.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#file-reference-ecs-bluegreen
"""

import json
from datetime import UTC

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import Revision
from localaws.json_types import JsonObject


def run(job: Job) -> None:
    """Write `imageDetail.json` to the output artifact, and set the variables of the action.

    If the execution has a source revision override of the type IMAGE_DIGEST, its digest replaces the tag, and the
    variable ImageTag does not exist.

    If the image or the repository does not exist, the action fails. AWS does not publish CodePipeline's message for
    this failure, so the failure has the message of ECR's API.
    """
    repository, tag = job.required("RepositoryName"), job.configuration.get("ImageTag", "latest")
    digest = job.execution.source_revisions.get(job.action.name)
    ecr = job.role.client("ecr")
    image = ecr.describe_images(
        repositoryName=repository, imageIds=[{"imageDigest": digest} if digest else {"imageTag": tag}]
    )["imageDetails"][0]
    detail = image_detail(image, region=job.role.region)

    for location in job.action.outputs.values():
        job.store.put(job.role, location, {"imageDetail.json": json.dumps(detail).encode()})
    job.action.revision = Revision(detail["ImageDigest"], f"{repository} {detail['ImageURI']}")
    job.action.variables = {
        "RegistryId": detail["RegistryId"],
        "RepositoryName": repository,
        **({} if digest else {"ImageTag": tag}),
        "ImageDigest": detail["ImageDigest"],
        "ImageURI": detail["ImageURI"],
    }


def image_detail(image: JsonObject, *, region: str) -> JsonObject:
    """Return the content of `imageDetail.json` for an image from the answer of DescribeImages."""
    registry, repository, digest = image["registryId"], image["repositoryName"], image["imageDigest"]
    return {
        "ImageSizeInBytes": str(image["imageSizeInBytes"]),
        "ImageDigest": digest,
        "Version": "1.0",
        "ImagePushedAt": image["imagePushedAt"].astimezone(UTC).strftime("%a %b %d %H:%M:%S UTC %Y"),
        "RegistryId": registry,
        "RepositoryName": repository,
        "ImageURI": f"{registry}.dkr.ecr.{region}.amazonaws.com/{repository}@{digest}",
        "ImageTags": image.get("imageTags", []),
    }
