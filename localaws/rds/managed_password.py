"""The master password of an instance, if RDS stores and rotates it in Secrets Manager."""

import json
from collections.abc import Callable
from secrets import token_hex
from uuid import uuid4

from moto.rds.models import DBInstance, MasterUserSecret


def generate_managed_passwords() -> None:
    """Generate a random managed password for each instance, and a new password for each rotation.

    In moto, all instances have the same managed password, and a rotation deletes the password.

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


FIXES = (generate_managed_passwords, keep_managed_secrets)
