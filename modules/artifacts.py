"""The bucket that carries files from one pipeline action to the next."""

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
)
from constructs import Construct

from modules.bucket import PrivateBucket
from modules.iam import Role

EXPIRATION_DAYS = 30


class ArtifactBucket(PrivateBucket):
    """A private bucket that forgets its objects after 30 days."""

    def __init__(self, scope: Construct, id_: str, *, name: str, protect: bool) -> None:
        super().__init__(scope, id_, bucket_prefix=f"{name}-artifacts-", force_destroy=not protect)

        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
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
            resources=[f"{self.arn}{objects}"],
            conditions={"StringEquals": {"aws:ResourceAccount": self._account_id}},
        )
