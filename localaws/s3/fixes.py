"""What S3 does and moto does not."""

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket


def leaves_bucket_policies_to_the_runner() -> None:
    """A statement touches the principals and the requests that it is for; moto, blind to both, has it touch all.

    The pipeline runner asks IAM before each call that it makes for a role, bucket policy included (pipeline/iam.py).
    Any other call is one of the account's own administrator, whom no bucket policy refuses anything here.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """

    def get_permission(_: FakeBucket, __: str, ___: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


FIXES = (leaves_bucket_policies_to_the_runner,)
