"""A bucket that nobody but its account reaches."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from constructs import Construct

from modules.iam import policy


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
        S3BucketPolicy(
            self,
            "tls_only",
            bucket=made.id,
            policy=policy(
                {
                    "Sid": "RefusePlainHttp",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [made.arn, f"{made.arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ),
            # S3 refuses two changes of a bucket's access at once.
            depends_on=[block],
        )

        self.arn = made.arn
        self.name = made.id
