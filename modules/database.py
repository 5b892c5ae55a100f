"""The PostgreSQL database."""

from cdktf import DataResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from constructs import Construct

from modules import log_group
from modules.account import arn
from modules.environment import Environment
from modules.iam import Role
from modules.log_group import LogGroup
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from settings import DatabaseSettings

BACKUP_RETENTION_DAYS = 7
GP3_LIMIT_GIB = 400
GP3_IOPS = 12_000
GP3_THROUGHPUT_MIBPS = 500
"""gp3 storage of at least `GP3_LIMIT_GIB` has these IOPS and this throughput without extra cost."""

INSIGHTS_RETENTION_DAYS = 7
"""The retention period of Performance Insights that has no extra cost.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.cost.html
"""


class Database(Construct):
    """A PostgreSQL instance in the private subnets.

    Only members of the security groups passed to `allow_from()` can connect to the instance, and only over TLS. RDS
    stores the master password in Secrets Manager; Terraform never reads it. With `environment.protect`, RDS refuses to
    delete the instance. If somebody turns off this protection by hand, the deletion creates a final snapshot.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        network: Network,
        settings: DatabaseSettings,
    ) -> None:
        super().__init__(scope, id_)

        name = environment.name
        key_arn = environment.encryption.key_arn
        protect = environment.protect
        self.access = SecurityGroup(
            self, "access", network=network, name=f"{name}-database", description="the PostgreSQL instance"
        )
        subnets = DbSubnetGroup(self, "subnets", name=name, subnet_ids=network.private_subnet_ids)
        parameters = DbParameterGroup(
            self,
            "parameters",
            name_prefix=f"{name}-",
            family=f"postgres{settings.engine_version}",
            # `pending-reboot` is the default method of the parameter. RDS ignores a change of the method alone. So with
            # another method, every plan would show this change:
            # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_parameter_group#problematic-plan-changes
            parameter=[DbParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="pending-reboot")],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # If this log group does not exist, RDS creates it without retention and without a key.
        logs = LogGroup(self, "logs", environment=environment, name=f"/aws/rds/instance/{name}/postgresql")
        # For storage below the limit, RDS refuses both arguments. From the limit on, both are declared. Otherwise,
        # when the storage grows beyond the limit, the provider would send the IOPS of the old size, and RDS would
        # refuse them.
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage and
        # https://github.com/hashicorp/terraform-provider-aws/issues/28382
        iops, throughput = (None, None) if settings.storage_gib < GP3_LIMIT_GIB else (GP3_IOPS, GP3_THROUGHPUT_MIBPS)
        instance = DbInstance(
            self,
            "Default",
            identifier=name,
            engine="postgres",
            engine_version=str(settings.engine_version),
            # Without this argument, RDS refuses a new major version. RDS upgrades the database only if engine_version
            # changes:
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
            depends_on=[logs.resource],
        )

        self._encryption = environment.encryption
        self._environment = environment
        self._port = settings.port
        self.secret_arn = instance.master_user_secret.get(0).secret_arn
        self.variables = {
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
        """Return `<name>-final-<UUID>`.

        A change of the database's name or key replaces the database, and also changes the UUID. RDS refuses a final
        snapshot with the name of an existing snapshot.
        https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
        """
        instance = DataResource(self, "final_snapshot", triggers_replace={"db_name": db_name, "key": key_arn or ""})
        return f"{name}-final-{instance.id}"

    def allow_from(self, id_: str, peer: SecurityGroup) -> None:
        """Allow connections from `peer` to the database port."""
        self.access.allow_from(id_, peer, port=self._port)

    def grant_login(self, role: Role) -> None:
        """Let the role read the user name and the password.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role.allow("ReadDatabaseLogin", actions=["secretsmanager:GetSecretValue"], resources=[self.secret_arn])
        self._encryption.grant_decrypt(role)

    def grant_view(self, role: Role) -> None:
        """Let the role see the instance and its log, and when RDS last changed the password, but not the password.

        The ARN of the instance is built from names, so the instance need not exist. RDS makes up the name of the
        secret. DescribeSecret returns no value.
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html and
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
        """
        name, region = self._environment.name, self._environment.region
        role.allow(
            "ViewDatabase", actions=["rds:DescribeDBInstances"], resources=[arn(role, "rds", region, f"db:{name}")]
        )
        log_group.grant_view(
            role,
            "ViewDatabaseLog",
            environment=self._environment,
            name=f"/aws/rds/instance/{name}/postgresql",
            streams=False,
        )
        role.allow(
            "ViewDatabaseSecret",
            actions=["secretsmanager:DescribeSecret"],
            resources=[arn(role, "secretsmanager", region, "secret:rds!db-*")],
        )
