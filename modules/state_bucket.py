"""The bucket for Terraform's state."""

from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import S3BucketVersioningA, S3BucketVersioningVersioningConfiguration
from constructs import Construct

from modules.bucket import PrivateBucket

KEPT_DAYS = 90


class StateBucket(Construct):
    """A private bucket that keeps overwritten states for 90 days. Terraform refuses to destroy it.

    https://developer.hashicorp.com/terraform/language/backend/s3

    Args:
        name: Its name in S3.
        kms_key_arn: The key that encrypts the state, or None for S3's own.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, kms_key_arn: str | None) -> None:
        super().__init__(scope, id_)

        bucket = PrivateBucket(
            self, "Default", bucket=name, force_destroy=False, prevent_destroy=True, kms_key_arn=kms_key_arn
        )
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=bucket.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=bucket.name,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="forget",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=KEPT_DAYS)
                    ],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=1)
                    ],
                )
            ],
            depends_on=[versioning],
        )
