"""What S3 does and moto does not."""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response as Response


def leaves_bucket_policies_to_the_runner() -> None:
    """A statement touches the principals and the requests that it is for; moto, blind to both, has it touch all.

    The pipeline runner asks IAM before each call that it makes for a role, bucket policy included (pipeline/iam.py).
    Any other call is one of the account's own administrator, whom no bucket policy refuses anything here.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """

    def get_permission(_: FakeBucket, __: str, ___: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def says_who_pays() -> None:
    """GetBucketRequestPayment answers with the bucket's owner, unless told otherwise; moto lists the bucket instead.

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
