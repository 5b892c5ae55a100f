"""The key of an environment's own."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from modules.account import account_id, partition
from modules.iam import Conditions, Role, Statement, policy, statement

# Of AWS's list for key administrators, what a key made by KMS has; without CreateGrant, by which they could use it.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators
_ADMINISTER = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
]
_USE = ["kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:Decrypt"]


class Key(Construct):
    """A KMS key that is rotated each year, for data, logs and artifacts of one environment.

    The account administers it, and its principals use it as their own policies allow, but only through Secrets Manager
    and RDS. Directly it is used by the roles that it is granted to, and by CloudWatch Logs for the log groups that it
    is given to. Once destroyed it can be brought back for 30 days, or 7 without `protect`.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, region: str, protect: bool) -> None:
        super().__init__(scope, id_)

        self._partition = partition(self)
        self._account = account_id(self)
        self._region = region
        self._users: list[str] = []
        self._log_groups: list[str] = []
        self._key = KmsKey(
            self,
            "Default",
            description=f"data, logs and artifacts of {name}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if protect else 7,
            policy=self._policy(),
        )
        KmsAlias(self, "alias", name=f"alias/{name}", target_key_id=self._key.key_id)

        self.arn = self._key.arn

    def grant_use(self, role: Role) -> None:
        """Let the role encrypt and decrypt, as CodePipeline and CodeBuild must to carry artifacts.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html
        """
        role.allow("UseKey", actions=_USE, resources=[self.arn])
        self._users.append(role.arn)
        self._key.policy = self._policy()

    def grant_decrypt(self, role: Role) -> None:
        """Let the role read what AWS encrypted for it, as ECS must to hand a secret over.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets
        """
        role.allow("DecryptWithKey", actions=["kms:Decrypt"], resources=[self.arn])

    def admit_log_group(self, name: str) -> None:
        """Let CloudWatch Logs encrypt one log group.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        self._log_groups.append(f"arn:{self._partition}:logs:{self._region}:{self._account}:log-group:{name}")
        self._key.policy = self._policy()

    def _policy(self) -> str:
        account = {"AWS": f"arn:{self._partition}:iam::{self._account}:root"}
        through = {
            "kms:ViaService": [f"{service}.{self._region}.amazonaws.com" for service in ("rds", "secretsmanager")]
        }
        statements = [
            _of_key("Administer", account, _ADMINISTER),
            _of_key("UseThroughServices", account, _USE, {"StringEquals": through}),
            _of_key(
                "GrantToRds",
                account,
                ["kms:CreateGrant"],
                {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": through},
            ),
        ]
        if self._users:
            statements.append(_of_key("Use", account, _USE, {"ArnEquals": {"aws:PrincipalArn": self._users}}))
        if self._log_groups:
            logs = {"Service": f"logs.{self._region}.amazonaws.com"}
            encrypted = {"kms:EncryptionContext:aws:logs:arn": self._log_groups}
            statements.append(_of_key("EncryptLogs", logs, _USE, {"ArnLike": encrypted}))
        return policy(*statements)


def _of_key(
    intent: str, principal: Mapping[str, str], actions: list[str], conditions: Conditions | None = None
) -> Statement:
    # In a key's policy, the resource is the key.
    return statement("Allow", intent=intent, principal=principal, actions=actions, resources="*", conditions=conditions)
