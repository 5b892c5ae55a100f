"""What S3 answers otherwise than moto."""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response as Response


def leaves_bucket_policies_to_the_runner() -> None:
    """Ignore bucket policies in S3's own API. moto applies each statement to every principal and every request.

    `localaws/iam` evaluates the bucket policy for each call of a role. Other calls are those of an administrator of the
    account. The local AWS does not apply bucket policies to them.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """

    def get_permission(_: FakeBucket, __: str, ___: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def says_who_pays() -> None:
    """Answer GetBucketRequestPayment with the owner of the bucket, the default. moto lists the bucket instead.

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
