"""The customer managed key of an environment."""

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from modules.account import account_id, arn, partition
from modules.iam import Conditions, Role, Statement, policy, statement

# AWS's actions for key administrators, without the actions for imported keys and without CreateGrant. With CreateGrant,
# an administrator could create a grant to use the key.
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
    """A KMS key for data, logs and artifacts of one environment, rotated every year.

    The account administers the key. Each principal of the account can use the key through Secrets Manager and RDS, if
    the principal's own policies allow it. Three kinds of principals use the key directly: the roles passed to
    `grant_use()`, CloudWatch Logs for the log groups passed to `allow_log_group()`, and principals of the account for
    the sessions of ECS Exec in the clusters passed to `grant_session_decrypt()`.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html

    Args:
        name: `<app>-<environment>`, the name of the key's alias.
        region: The region of the services that use the key.
        protect: Whether KMS waits 30 days before it deletes the key. Otherwise KMS waits 7 days.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, region: str, protect: bool) -> None:
        super().__init__(scope, id_)

        self._partition = partition(self)
        self._account = account_id(self)
        self._region = region
        self._roles: list[str] = []
        self._decrypting: list[str] = []
        self._log_groups: list[str] = []
        self._session_clusters: list[str] = []
        self._key = KmsKey(
            self,
            "Default",
            description=f"data, logs and artifacts of {name}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if protect else 7,
            policy=self._policy(),
        )
        KmsAlias(self, "alias", name=f"alias/{name}", target_key_id=self._key.key_id)

        self.key_arn = self._key.arn

    def grant_use(self, role: Role) -> None:
        """Let the role encrypt and decrypt, as CodePipeline and CodeBuild do with artifacts.

        https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html

        A second grant to the same role changes nothing, so each resource of a role can grant the use of the key.
        """
        if role.arn in self._roles:
            return
        role.allow("UseKey", actions=_USE, resources=[self.key_arn])
        self._roles.append(role.arn)
        self._key.policy = self._policy()

    def grant_decrypt(self, role: Role) -> None:
        """Let the role decrypt through Secrets Manager, as ECS does with the container's secrets.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html#task-execution-secrets

        A second grant to the same role changes nothing.
        """
        if role.arn in self._decrypting:
            return
        self._decrypting.append(role.arn)
        role.allow("DecryptWithKey", actions=["kms:Decrypt"], resources=[self.key_arn])

    def grant_session_decrypt(self, role: Role, *, cluster: str) -> None:
        """Let the role of a container decrypt the data of ECS Exec sessions in the tasks of a cluster.

        The key policy lets each principal of the account encrypt and decrypt the data of these sessions, if the
        principal's own policies allow it. Both sides name the task in the encryption context.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html and
        https://github.com/aws/session-manager-plugin/blob/mainline/src/datachannel/streaming.go
        """
        self._grant_session(role, "DecryptSessions", "kms:Decrypt", self.key_arn, cluster)

    def grant_session_encrypt(self, role: Role, *, cluster: str) -> None:
        """Let the role of a client encrypt the data of these sessions.

        The permission is for each key of the account, so the key need not exist. It is limited to the sessions of the
        cluster.
        """
        keys = arn(role, "kms", self._region, "key/*")
        self._grant_session(role, "EncryptSessions", "kms:GenerateDataKey", keys, cluster)

    def _grant_session(self, role: Role, sid: str, action: str, keys: str, cluster: str) -> None:
        role.allow(sid, actions=[action], resources=[keys], conditions={"StringLike": _session_context([cluster])})
        if cluster not in self._session_clusters:
            self._session_clusters.append(cluster)
            self._key.policy = self._policy()

    def allow_log_group(self, name: str) -> None:
        """Let CloudWatch Logs encrypt one log group.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        self._log_groups.append(f"arn:{self._partition}:logs:{self._region}:{self._account}:log-group:{name}")
        self._key.policy = self._policy()

    def _policy(self) -> str:
        account = {"AWS": f"arn:{self._partition}:iam::{self._account}:root"}
        through = via_services(self._region)
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
        if self._roles:
            statements.append(_of_key("Use", account, _USE, {"ArnEquals": {"aws:PrincipalArn": self._roles}}))
        if self._session_clusters:
            context = {"StringLike": _session_context(self._session_clusters)}
            statements.append(_of_key("UseForSessions", account, ["kms:Decrypt", "kms:GenerateDataKey"], context))
        if self._log_groups:
            logs = {"Service": f"logs.{self._region}.amazonaws.com"}
            encrypted = {"kms:EncryptionContext:aws:logs:arn": self._log_groups}
            statements.append(_of_key("EncryptLogs", logs, _USE, {"ArnLike": encrypted}))
        return policy(*statements)


def via_services(region: str) -> dict[str, list[str]]:
    """Return the condition key and the values for requests that RDS and Secrets Manager send on a principal's behalf.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    return {"kms:ViaService": [f"{service}.{region}.amazonaws.com" for service in ("rds", "secretsmanager")]}


def _session_context(clusters: list[str]) -> dict[str, list[str]]:
    return {"kms:EncryptionContext:aws:ssm:TargetId": [f"ecs:{cluster}_*" for cluster in clusters]}


def _of_key(
    sid: str, principal: Mapping[str, str], actions: list[str], conditions: Conditions | None = None
) -> Statement:
    # In a key policy, "*" means the key of this policy:
    # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    return statement("Allow", sid=sid, principal=principal, actions=actions, resources="*", conditions=conditions)
