"""Requests that S3 and the local AWS refuse, and moto alone accepts."""

from localaws.s3 import refusals
from tests.support.localaws.fixes import Client, case, refusal

NAMES = {
    "shop.state-1": "",
    "a_b": "InvalidBucketName",
    "a..b": "InvalidBucketName",
    "-ab": "InvalidBucketName",
    "192.168.1.1": "InvalidBucketName",
    "xn--shop": "InvalidBucketName",
    "sthree-shop": "InvalidBucketName",
    "shop-s3alias": "InvalidBucketName",
}


@case(refusals.a_bucket_name_that_cannot_be, in_aws=NAMES)
def test_bucket_names_that_can_and_cannot_be(client: Client) -> object:
    return {name: refusal(client("s3").create_bucket, Bucket=name).partition(":")[0] for name in NAMES}
