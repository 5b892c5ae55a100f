"""The bucket for the pipeline's artifacts."""

from constructs import Construct

from modules.account import account_id
from modules.bucket import PrivateBucket
from modules.environment import Environment
from modules.iam import Role

EXPIRATION_DAYS = 30


class ArtifactBucket(Construct):
    """A private bucket for artifacts, which refuses principals of other accounts. Objects expire after 30 days.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)

        self._account_id = account_id(self)
        self._encryption = environment.encryption
        bucket = PrivateBucket(
            self,
            "Default",
            bucket_prefix=f"{environment.name}-artifacts-",
            force_destroy=not environment.protect,
            kms_key_arn=environment.encryption.key_arn,
        )
        bucket.expire_objects(EXPIRATION_DAYS)
        bucket.deny(
            "RefuseForeignAccounts",
            conditions={
                "StringNotEquals": {"aws:PrincipalAccount": self._account_id},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        )

        self.policy = bucket.policy
        """The bucket policy, for the `depends_on` of the pipeline."""
        self.name = bucket.name
        self._arn = bucket.arn

    def grant_pipeline(self, role: Role) -> None:
        """Let a pipeline's role read and write artifacts.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam-id-policies-examples.html
        """
        self._allow(role, "ReadArtifactBucket", ["s3:GetBucketVersioning", "s3:GetBucketAcl", "s3:GetBucketLocation"])
        self._allow(
            role,
            "CarryArtifacts",
            ["s3:PutObject", "s3:PutObjectAcl", "s3:GetObject", "s3:GetObjectVersion"],
            objects="/*",
        )
        self._encryption.grant_use(role)

    def grant_build(self, role: Role) -> None:
        """Let a build's role read its input artifact and write its output artifact.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        """
        self._allow(role, "ReadArtifactBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"])
        self._allow(role, "BuildArtifacts", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], objects="/*")
        self._encryption.grant_use(role)

    def _allow(self, role: Role, sid: str, actions: list[str], *, objects: str = "") -> None:
        role.allow(
            sid,
            actions=actions,
            resources=[f"{self._arn}{objects}"],
            conditions={"StringEquals": {"aws:ResourceAccount": self._account_id}},
        )
