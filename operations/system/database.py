"""The database of an environment, as RDS and Secrets Manager describe it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from settings import Settings

if TYPE_CHECKING:
    from types_boto3_rds import RDSClient
    from types_boto3_rds.type_defs import DBInstanceTypeDef
    from types_boto3_secretsmanager import SecretsManagerClient


@dataclass(frozen=True)
class Database:
    """A database instance."""

    status: str
    engine: str
    """The engine and its version, such as `postgres 17.4`."""
    instance_class: str
    secret: str | None
    """The ARN of the secret with the master password. None if RDS does not manage the password.

    RDS does not manage the password of a restored database until a ModifyDBInstance asks for it.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """
    port: int | None
    """The port of the endpoint. None if RDS has not created the endpoint yet."""
    security_groups: tuple[str, ...]
    """The ids of the security groups."""
    address: str = ""
    """The host of the endpoint. Empty if RDS has not created the endpoint yet."""
    user: str = ""
    """The name of the master user."""


@dataclass(frozen=True)
class Password:
    """The master password, without its value."""

    rotated: datetime | None
    """The last rotation. None if RDS has never rotated the password."""


def find(rds: "RDSClient", identifier: str) -> Database | None:
    """Return a database instance, or None if it does not exist.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
    """
    found = _described(rds, identifier)
    if found is None:
        return None
    return Database(
        found["DBInstanceStatus"],
        f"{found['Engine']} {found['EngineVersion']}",
        found["DBInstanceClass"],
        found.get("MasterUserSecret", {}).get("SecretArn"),
        found.get("Endpoint", {}).get("Port"),
        tuple(each["VpcSecurityGroupId"] for each in found["VpcSecurityGroups"]),
        found.get("Endpoint", {}).get("Address", ""),
        found["MasterUsername"],
    )


def exported_logs(rds: "RDSClient", settings: Settings) -> list[str] | None:
    """Return the logs that RDS exports to CloudWatch Logs, such as `postgresql`, or None if the database is missing.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
    """
    found = _described(rds, settings.name)
    return None if found is None else found.get("EnabledCloudwatchLogsExports", [])


def _described(rds: "RDSClient", identifier: str) -> "DBInstanceTypeDef | None":
    try:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    except rds.exceptions.DBInstanceNotFoundFault:
        return None
    return found


def password(secrets: "SecretsManagerClient", secret: str | None) -> Password:
    """Return when the password in a secret was rotated. RDS does not rotate a password that it does not manage.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html

    Args:
        secrets: A client of Secrets Manager.
        secret: The ARN of the secret, or None.
    """
    return Password(secrets.describe_secret(SecretId=secret).get("LastRotatedDate") if secret else None)
