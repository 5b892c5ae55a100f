"""The ECR source action: finds the image that a tag or a digest names, and describes it.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#file-reference-ecs-bluegreen
"""

import json
from datetime import UTC

from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import Revision
from localaws.json_types import JsonObject


def run(job: Job) -> None:
    """Write `imageDetail.json` to the output artifact, and set the five variables.

    A source revision override of type IMAGE_DIGEST goes before the tag, and then there is no variable ImageTag. If
    there is no such image or repository, the action fails with the ECR API's own message: CodePipeline's wording for it
    is not published.
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
    """Give the content of `imageDetail.json` for an image as DescribeImages describes it."""
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
