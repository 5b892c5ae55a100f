"""The master password of an instance, if RDS stores and rotates it in Secrets Manager."""

import json
import time
from collections.abc import Callable
from secrets import token_hex
from uuid import uuid4

from moto.rds.models import DBInstance, MasterUserSecret, rds_backends
from moto.secretsmanager.responses import SecretsManagerResponse


def generate_managed_passwords() -> None:
    """Generate a random managed password for each instance, and a new password for each rotation.

    In moto, all instances have the same managed password, and a rotation deletes the password. DescribeSecret
    returns the time of the last rotation, which moto does not keep.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """

    def _generate_secret_string(self: MasterUserSecret) -> str:
        return json.dumps({"username": self.resource.master_username, "password": token_hex(16)})

    def rotate_secret(self: MasterUserSecret) -> None:
        self._status = "rotating"
        self.secretsmanager.put_secret_value(
            secret_id=self.secret.arn,
            secret_string=self._generate_secret_string(),
            secret_binary=None,  # type: ignore[arg-type] # moto itself passes None for a text secret
            client_request_token=str(uuid4()),
            version_stages=["AWSCURRENT"],
        )
        self.secret.rotation_requested = self.secret.rotation_enabled = True  # else DescribeSecret leaves out the time
        self.secret.last_rotation_date = int(time.time())

    MasterUserSecret._generate_secret_string, MasterUserSecret.rotate_secret = _generate_secret_string, rotate_secret


def keep_managed_secrets() -> None:
    """Keep the secret of a managed password when a request asks RDS again to manage the password.

    moto creates another secret. Terraform sends such a request for an imported instance, because the provider does not
    read whether RDS manages the password.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    update: Callable[..., None] = DBInstance.update

    def update_unless_managed(self: DBInstance, **changes: object) -> None:
        if changes.get("manage_master_user_password") and self.manage_master_user_password:
            del changes["manage_master_user_password"]
        update(self, **changes)

    DBInstance.update = update_unless_managed


def rotate_on_request() -> None:
    """Let RDS generate a new password when RotateSecret names a secret that RDS manages.

    moto adds a version without a value, so no task could read the password.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_managed.html
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_now.html
    """
    rotate = SecretsManagerResponse.rotate_secret

    def rotate_secret(self: SecretsManagerResponse) -> str:
        secret = self.backend.secrets.get(self._get_param("SecretId"))
        databases = rds_backends[self.current_account][self.region].databases.values()
        managed = [each.master_user_secret for each in databases if hasattr(each, "master_user_secret")]
        if owner := next((each for each in managed if secret and each.secret_arn == secret.arn), None):
            owner.rotate_secret()
            return owner.secret.to_short_dict()
        return rotate(self)

    SecretsManagerResponse.rotate_secret = rotate_secret


FIXES = (generate_managed_passwords, keep_managed_secrets, rotate_on_request)
