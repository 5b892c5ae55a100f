"""The PostgreSQL database."""

from cdktf import DataResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from constructs import Construct

from modules.iam import Role
from modules.key import Key
from modules.log_group import LogGroup
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from settings import DatabaseSettings

BACKUP_RETENTION_DAYS = 7
GP3_LIMIT_GIB = 400
GP3_IOPS = 12_000
GP3_THROUGHPUT_MIBPS = 500
"""The baseline of gp3 storage from the limit on, which is in its price."""

INSIGHTS_RETENTION_DAYS = 7
"""What costs nothing: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.cost.html"""


class Database(Construct):
    """A PostgreSQL instance in the private subnets that only the peers it allows can reach, over TLS.

    RDS keeps the master password in Secrets Manager; Terraform never sees it. With `protect`, the instance refuses
    to be deleted, and leaves a final snapshot once it is. With a key, that encrypts storage, password, log
    and insights.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        network: Network,
        log_retention_days: int,
        key: Key | None,
        protect: bool,
        settings: DatabaseSettings,
    ) -> None:
        super().__init__(scope, id_)

        self.access = SecurityGroup(
            self, "access", network=network, name=f"{name}-database", description="the PostgreSQL instance"
        )
        subnets = DbSubnetGroup(self, "subnets", name=name, subnet_ids=network.private_subnet_ids)
        parameters = DbParameterGroup(
            self,
            "parameters",
            name_prefix=f"{name}-",
            family=f"postgres{settings.engine_version}",
            # The method that it has by default. RDS ignores another, and every plan would show that change:
            # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_parameter_group#problematic-plan-changes
            parameter=[DbParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="pending-reboot")],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        key_arn = key.arn if key else None
        # RDS names the group, and makes one that keeps everything where there is none.
        logs = LogGroup(
            self, "logs", name=f"/aws/rds/instance/{name}/postgresql", retention_days=log_retention_days, key=key
        )
        # Below the limit RDS takes neither IOPS nor throughput. Above it, with neither declared, the provider sends the
        # IOPS of the smaller storage along with a raise, and RDS refuses them:
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage and
        # https://github.com/hashicorp/terraform-provider-aws/issues/28382
        iops, throughput = (None, None) if settings.storage_gib < GP3_LIMIT_GIB else (GP3_IOPS, GP3_THROUGHPUT_MIBPS)
        instance = DbInstance(
            self,
            "Default",
            identifier=name,
            engine="postgres",
            engine_version=str(settings.engine_version),
            # RDS refuses another major version without this. The setting alone decides on an upgrade:
            # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
            allow_major_version_upgrade=True,
            apply_immediately=settings.apply_immediately,
            instance_class=settings.instance_class,
            allocated_storage=settings.storage_gib,
            storage_type="gp3",
            iops=iops,
            storage_throughput=throughput,
            storage_encrypted=True,
            kms_key_id=key_arn,
            multi_az=settings.multi_az,
            db_name=settings.name,
            port=settings.port,
            username="postgres",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key_arn,
            iam_database_authentication_enabled=True,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            auto_minor_version_upgrade=True,
            performance_insights_enabled=True,
            performance_insights_retention_period=INSIGHTS_RETENTION_DAYS,
            performance_insights_kms_key_id=key_arn,
            enabled_cloudwatch_logs_exports=["postgresql"],
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.access.id],
            publicly_accessible=False,
            backup_retention_period=BACKUP_RETENTION_DAYS,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not protect,
            deletion_protection=protect,
            skip_final_snapshot=not protect,
            final_snapshot_identifier=self._final_snapshot_identifier(name, settings.name, key_arn)
            if protect
            else None,
            depends_on=[logs.made],
        )

        self._key = key
        self._port = settings.port
        self.secret_arn = instance.master_user_secret.get(0).secret_arn
        self.environment = {
            "DB_HOST": instance.address,
            "DB_NAME": settings.name,
            "DB_PORT": str(settings.port),
        }
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
        self.secrets = {
            "DB_USER": f"{self.secret_arn}:username::",
            "DB_PASSWORD": f"{self.secret_arn}:password::",
        }

    def _final_snapshot_identifier(self, name: str, db_name: str, key_arn: str | None) -> str:
        """Return `<name>-final-<UUID>`, another for each instance: RDS refuses the name of a snapshot that exists.

        A change of the database's name or of the key replaces the instance.
        https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
        """
        instance = DataResource(self, "final_snapshot", triggers_replace={"db_name": db_name, "key": key_arn or ""})
        return f"{name}-final-{instance.id}"

    def allow_from(self, id_: str, peer: SecurityGroup) -> None:
        """Open the database port to one peer."""
        self.access.allow_from(id_, peer, port=self._port)

    def grant_login(self, role: Role) -> None:
        """Let the role read the user name and the password.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role.allow("ReadDatabaseLogin", actions=["secretsmanager:GetSecretValue"], resources=[self.secret_arn])
        if self._key:
            self._key.grant_decrypt(role)
