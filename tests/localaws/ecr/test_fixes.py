"""Answers of ECR that the local AWS gives and moto alone does not."""

import json

from localaws.ecr import fixes
from operations.images.manifests import digest
from rehearsal.images.image import INDEX, Image
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.images import put_image

MANIFEST, BLOBS = Image.build(b"first", "arm64").manifests[0], Image.build(b"first", "arm64").blobs


@case(fixes.calculate_digests_and_sizes, in_aws=[digest(MANIFEST), len(BLOBS[1])])
def test_an_image(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="digests")
    put_image(ecr, "digests", "first", "latest")
    [image] = ecr.describe_images(repositoryName="digests")["imageDetails"]
    return [image["imageDigest"], image["imageSizeInBytes"]]


@case(fixes.calculate_index_sizes, in_aws=True)
def test_an_index(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="sizes")
    children = [put_image(ecr, "sizes", content, content[:3]) for content in ("small", "largest" * 9)]
    index = {"mediaType": INDEX, "manifests": [{"digest": child} for child in children]}
    ecr.put_image(repositoryName="sizes", imageManifest=json.dumps(index), imageTag="index")
    sizes = {
        tag: image.get("imageSizeInBytes")
        for image in ecr.describe_images(repositoryName="sizes")["imageDetails"]
        for tag in image["imageTags"]
    }
    return sizes["index"] == sizes["lar"] and sizes["lar"] > sizes["sma"]


@case(fixes.keep_images_that_lose_their_tag, in_aws=[(1, None, None), (2, ["latest"], "latest")])
def test_two_images_under_one_tag(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="tags")
    digests = [put_image(ecr, "tags", content, "latest") for content in ("1", "2", "1", "2")]
    seen = []
    for image in ecr.describe_images(repositoryName="tags")["imageDetails"]:
        digest = image["imageDigest"]
        [held] = ecr.batch_get_image(repositoryName="tags", imageIds=[{"imageDigest": digest}])["images"]
        seen.append((digests.index(digest) + 1, image.get("imageTags"), held["imageId"].get("imageTag")))
    return seen


@case(
    fixes.refuse_contradictory_lifecycle_policies,
    in_aws=["", "InvalidParameterException", [("any", 2)]],
)
def test_valid_and_contradictory_lifecycle_policies(client: Client) -> object:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="policies")

    def put_policy(*selections: tuple[str, int]) -> str:
        rules = [
            {
                "rulePriority": number,
                "selection": {"tagStatus": status, "countType": "imageCountMoreThan", "countNumber": count},
                "action": {"type": "expire"},
            }
            for number, (status, count) in enumerate(selections, start=1)
        ]
        how = {"repositoryName": "policies", "lifecyclePolicyText": json.dumps({"rules": rules})}
        return refusal(ecr.put_lifecycle_policy, **how).partition(":")[0]

    seen = [put_policy(("any", 2)), put_policy(("any", 2), ("untagged", 1))]
    held = json.loads(ecr.get_lifecycle_policy(repositoryName="policies")["lifecyclePolicyText"])["rules"]
    return [*seen, [(rule["selection"]["tagStatus"], rule["selection"]["countNumber"]) for rule in held]]
