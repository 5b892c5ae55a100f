"""Fixes for S3 where moto answers differently from AWS."""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response as Response


def leaves_bucket_policies_to_the_runner() -> None:
    """Do not let moto's S3 apply bucket policies.

    moto evaluates a bucket policy without the caller and the condition keys of the request. Instead, `localaws/iam`
    evaluates the bucket policy for each call of a role. The local AWS treats all other calls as calls of an
    administrator of the account, and applies no bucket policies to these calls.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """

    def get_permission(_: FakeBucket, __: str, ___: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def says_who_pays() -> None:
    """Answer GetBucketRequestPayment with the default payer, the owner of the bucket.

    moto answers with a list of the objects in the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html
    """
    get = Response._bucket_response_get

    def bucket_response_get(self: Response, bucket_name: str, querystring: dict[str, list[str]]) -> object:
        if "requestPayment" in querystring:
            return "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"
        return get(self, bucket_name, querystring)

    Response._bucket_response_get = bucket_response_get


FIXES = (
    leaves_bucket_policies_to_the_runner,
    says_who_pays,
)
