"""The bucket that carries files from one pipeline action to the next."""

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
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

from modules.iam import Role, policy

EXPIRATION_DAYS = 30


class ArtifactBucket(Construct):
    """An encrypted bucket without public access that speaks TLS only and forgets its objects after 30 days.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, protect: bool) -> None:
        super().__init__(scope, id_)

        bucket = S3Bucket(self, "Default", bucket_prefix=f"{name}-artifacts-", force_destroy=not protect)
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="AES256"
                        )
                    )
                )
            ],
        )
        block = S3BucketPublicAccessBlock(
            self,
            "public_access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketPolicy(
            self,
            "tls_only",
            bucket=bucket.id,
            policy=policy(
                {
                    "Sid": "RefusePlainHttp",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket.arn, f"{bucket.arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ),
            # S3 refuses two changes of a bucket's access at once.
            depends_on=[block],
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=bucket.id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=EXPIRATION_DAYS)],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=1)
                    ],
                )
            ],
        )

        self._account_id = DataAwsCallerIdentity(self, "account").account_id
        self._arn = bucket.arn
        self.name = bucket.id

    def grant_carry(self, role: Role) -> None:
        """Let the role of a pipeline put artifacts in and take them out.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam-id-policies-examples.html
        """
        self._allow(role, "ReadArtifactBucket", ["s3:GetBucketVersioning", "s3:GetBucketAcl", "s3:GetBucketLocation"])
        self._allow(
            role,
            "CarryArtifacts",
            ["s3:PutObject", "s3:PutObjectAcl", "s3:GetObject", "s3:GetObjectVersion"],
            objects="/*",
        )

    def grant_build(self, role: Role) -> None:
        """Let the role of a build take its input artifact and put its output artifact.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        """
        self._allow(role, "ReadArtifactBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"])
        self._allow(role, "BuildArtifacts", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], objects="/*")

    def _allow(self, role: Role, intent: str, actions: list[str], *, objects: str = "") -> None:
        role.allow(
            intent,
            actions=actions,
            resources=[f"{self._arn}{objects}"],
            conditions={"StringEquals": {"aws:ResourceAccount": self._account_id}},
        )
