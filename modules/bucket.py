"""Private S3 buckets."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import S3BucketVersioningA, S3BucketVersioningVersioningConfiguration
from constructs import Construct

from modules.iam import Conditions, Statement, policy, statement


class PrivateBucket(Construct):
    """An encrypted bucket without public access, reachable over TLS only.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html

    Args:
        bucket: The name of the bucket, or None for a name that begins with `bucket_prefix`.
        bucket_prefix: The beginning of the name that is generated if `bucket` is None.
        force_destroy: Whether Terraform deletes the objects when it destroys the bucket.
        prevent_destroy: Whether Terraform refuses every plan that destroys the bucket.
        kms_key_arn: The key that encrypts objects, or None for S3's own key.
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

        created = S3Bucket(
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
            bucket=created.id,
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
            bucket=created.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        # S3 refuses two changes of a bucket's access at the same time, so Terraform creates the policy after the block.
        self.policy = S3BucketPolicy(self, "tls_only", bucket=created.id, policy="", depends_on=[block])
        """The bucket policy, for the `depends_on` of resources that use the bucket."""
        self._statements: list[Statement] = []
        self.arn = created.arn
        self.name = created.id
        self.deny("RefusePlainHttp", conditions={"Bool": {"aws:SecureTransport": "false"}})

    def deny(self, sid: str, *, conditions: Conditions) -> None:
        """Deny every request that meets the conditions."""
        everything = [self.arn, f"{self.arn}/*"]
        self._add(
            statement("Deny", sid=sid, principal="*", actions="s3:*", resources=everything, conditions=conditions)
        )

    def allow_service(self, sid: str, service: str, *, action: str, objects: str) -> None:
        """Let an AWS service call one action on objects. The pattern `objects` matches the keys of these objects."""
        resource = f"{self.arn}/{objects}"
        self._add(statement("Allow", sid=sid, principal={"Service": service}, actions=action, resources=resource))

    def expire_objects(self, days: int) -> None:
        """Expire objects after a number of days. Do not also call `keep_versions()`, which adds the same resource."""
        self._add_lifecycle("expire", expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=days)])

    def keep_versions(self, days: int) -> None:
        """Keep overwritten and deleted objects for a number of days. Do not also call `expire_objects()`."""
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        noncurrent = S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=days)
        self._add_lifecycle("forget", noncurrent_version_expiration=[noncurrent], depends_on=[versioning])

    def _add_lifecycle(
        self,
        rule_id: str,
        *,
        expiration: Sequence[S3BucketLifecycleConfigurationRuleExpiration] | None = None,
        noncurrent_version_expiration: Sequence[S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration]
        | None = None,
        depends_on: Sequence[S3BucketVersioningA] | None = None,
    ) -> None:
        """Add the lifecycle rule. The rule also aborts incomplete multipart uploads after a day."""
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id=rule_id,
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    expiration=expiration,
                    noncurrent_version_expiration=noncurrent_version_expiration,
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=1)
                    ],
                )
            ],
            depends_on=depends_on,
        )

    def _add(self, added: Statement) -> None:
        self._statements.append(added)
        self.policy.policy = policy(*self._statements)
