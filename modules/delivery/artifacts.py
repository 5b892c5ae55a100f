"""The bucket that carries files from one pipeline action to the next."""

from constructs import Construct

from modules.account import account_id
from modules.bucket import PrivateBucket
from modules.iam import Role
from modules.key import Key

EXPIRATION_DAYS = 30


class ArtifactBucket(PrivateBucket):
    """A private bucket for principals of its own account and AWS services, that forgets its objects after 30 days.

    With a key it encrypts them with that, and who is let carry them may use it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, protect: bool, key: Key | None) -> None:
        super().__init__(
            scope,
            id_,
            bucket_prefix=f"{name}-artifacts-",
            force_destroy=not protect,
            kms_key_arn=key.arn if key else None,
        )

        self._account_id = account_id(self)
        self._expire(EXPIRATION_DAYS)
        self._refuse(
            "RefuseForeignAccounts",
            {
                "StringNotEquals": {"aws:PrincipalAccount": self._account_id},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        )

        self.key = key

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
        self._grant_key(role)

    def grant_build(self, role: Role) -> None:
        """Let the role of a build take its input artifact and put its output artifact.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        """
        self._allow(role, "ReadArtifactBucket", ["s3:GetBucketAcl", "s3:GetBucketLocation"])
        self._allow(role, "BuildArtifacts", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], objects="/*")
        self._grant_key(role)

    def _grant_key(self, role: Role) -> None:
        if self.key:
            self.key.grant_use(role)

    def _allow(self, role: Role, intent: str, actions: list[str], *, objects: str = "") -> None:
        role.allow(
            intent,
            actions=actions,
            resources=[f"{self.arn}{objects}"],
            conditions={"StringEquals": {"aws:ResourceAccount": self._account_id}},
        )
