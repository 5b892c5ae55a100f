"""What ECR answers, our server too, and moto alone does not."""

import hashlib
import json
from typing import Any

from botocore.exceptions import ClientError

from localaws.ecr import fixes
from tests.support.localaws.aws_pipeline import manifest
from tests.support.localaws.fixes import Client, case


@case(fixes.tells_where_a_layer_lies, in_aws=["https://", f"sha256:{'1' * 64}"])
def test_where_a_layer_lies(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="layers")
    answer = ecr.get_download_url_for_layer(repositoryName="layers", layerDigest=f"sha256:{'1' * 64}")
    return [answer["downloadUrl"][:8], answer["layerDigest"]]


def _manifest(size: int) -> str:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": f"sha256:{'0' * 64}", "size": size}
    return json.dumps({"mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [layer, layer]})


@case(
    fixes.digests_the_manifest,
    in_aws=[f"sha256:{hashlib.sha256(_manifest(7).encode()).hexdigest()}", 14],
)
def test_an_image(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="digests")
    ecr.put_image(repositoryName="digests", imageManifest=_manifest(7), imageTag="latest")
    [image] = ecr.describe_images(repositoryName="digests")["imageDetails"]
    return [image["imageDigest"], image["imageSizeInBytes"]]


@case(fixes.keeps_an_image_that_lost_its_tag, in_aws=[(1, None, None), (2, ["latest"], "latest")])
def test_two_images_under_one_tag(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="tags")
    digests = [
        ecr.put_image(repositoryName="tags", imageManifest=manifest, imageTag="latest")["image"]["imageId"][
            "imageDigest"
        ]
        for manifest in (_manifest(1), _manifest(2), _manifest(1), _manifest(2))
    ]
    seen = []
    for image in ecr.describe_images(repositoryName="tags")["imageDetails"]:
        digest = image["imageDigest"]
        [held] = ecr.batch_get_image(repositoryName="tags", imageIds=[{"imageDigest": digest}])["images"]
        seen.append((digests.index(digest) + 1, image.get("imageTags"), held["imageId"].get("imageTag")))
    return seen


@case(fixes.follows_lifecycle_policies, in_aws=["InvalidParameterException", ["keep"], ["other-1", "other-2"]])
def test_a_repository_with_lifecycle_policies(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="expires")

    def put_policy(*selections: tuple[str, int, list[str]]) -> Any:
        rules = [
            {
                "rulePriority": number,
                "selection": {
                    "tagStatus": status,
                    "countType": "imageCountMoreThan",
                    "countNumber": count,
                    **({"tagPatternList": patterns} if patterns else {}),
                },
                "action": {"type": "expire"},
            }
            for number, (status, count, patterns) in enumerate(selections, start=1)
        ]
        try:
            ecr.put_lifecycle_policy(repositoryName="expires", lifecyclePolicyText=json.dumps({"rules": rules}))
        except ClientError as error:
            return error.response["Error"]["Code"]
        return None

    refused = put_policy(("any", 2, []), ("tagged", 1, ["keep"]))
    put_policy(("tagged", 1, ["keep"]), ("any", 2, []))
    put_policy(("any", 2, []), ("tagged", 1, ["keep"]))  # refused, so the policy before it stays
    for tag in ("keep", "other-0", "other-1", "other-2"):
        ecr.put_image(repositoryName="expires", imageManifest=manifest(tag), imageTag=tag)
    tags = sorted(each["imageTag"] for each in ecr.list_images(repositoryName="expires")["imageIds"])
    return [refused, tags[:1], tags[1:]]
