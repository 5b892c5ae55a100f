"""A bucket that nobody but its account reaches."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from constructs import Construct

from modules.iam import Conditions, Statement, policy, statement


class PrivateBucket(Construct):
    """An encrypted bucket without public access that speaks TLS only.

    It has the name `bucket`, or one that begins with `bucket_prefix`. With `force_destroy` it is destroyed with all
    that it holds; with `prevent_destroy` Terraform refuses to plan that at all. Without `kms_key_arn` the key is S3's.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        bucket: str | None = None,
        bucket_prefix: str | None = None,
        force_destroy: bool,
        prevent_destroy: bool = False,
        kms_key_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)

        made = S3Bucket(
            self,
            "Default",
            bucket=bucket,
            bucket_prefix=bucket_prefix,
            force_destroy=force_destroy,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if prevent_destroy else None,
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=made.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="aws:kms" if kms_key_arn else "AES256", kms_master_key_id=kms_key_arn
                        )
                    ),
                    bucket_key_enabled=True if kms_key_arn else None,
                )
            ],
        )
        block = S3BucketPublicAccessBlock(
            self,
            "public_access",
            bucket=made.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        # S3 refuses two changes of a bucket's access at once.
        self.access = S3BucketPolicy(self, "tls_only", bucket=made.id, policy="", depends_on=[block])
        """What must exist before the bucket is put to work."""
        self._statements: list[Statement] = []
        self.arn = made.arn
        self.name = made.id
        self._refuse("RefusePlainHttp", {"Bool": {"aws:SecureTransport": "false"}})

    def _refuse(self, intent: str, conditions: Conditions) -> None:
        """Refuse every request that meets the conditions."""
        everything = [self.arn, f"{self.arn}/*"]
        self._add(
            statement("Deny", intent=intent, principal="*", actions="s3:*", resources=everything, conditions=conditions)
        )

    def _add(self, added: Statement) -> None:
        """Add a statement to the bucket's policy."""
        self._statements.append(added)
        self.access.policy = policy(*self._statements)

    def _expire(self, days: int) -> None:
        """Let go of objects after some days, and of broken uploads after one."""
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=days)],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=1)
                    ],
                )
            ],
        )
