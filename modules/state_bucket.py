"""The bucket for Terraform's state."""

from constructs import Construct

from modules.bucket import PrivateBucket

NONCURRENT_DAYS = 90


class StateBucket(Construct):
    """A private bucket that keeps overwritten states for 90 days. Terraform refuses to destroy the bucket.

    https://developer.hashicorp.com/terraform/language/backend/s3

    Args:
        name: The name of the bucket.
        kms_key_arn: The key that encrypts the state, or None for S3's own key.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, kms_key_arn: str | None) -> None:
        super().__init__(scope, id_)

        bucket = PrivateBucket(
            self, "Default", bucket=name, force_destroy=False, prevent_destroy=True, kms_key_arn=kms_key_arn
        )
        bucket.keep_versions(NONCURRENT_DAYS)
