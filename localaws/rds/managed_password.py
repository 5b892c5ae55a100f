"""The master password that RDS keeps in Secrets Manager."""

import json
from secrets import token_hex
from typing import Any
from uuid import uuid4

from moto.rds.models import DBInstance, MasterUserSecret


def makes_up_a_password_and_rotates_it() -> None:
    """A managed password is random, and a rotation makes another; moto's is always the same, and is lost by a rotation.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """

    def _generate_secret_string(self: MasterUserSecret) -> str:
        return json.dumps({"username": self.resource.master_username, "password": token_hex(16)})

    def rotate_secret(self: MasterUserSecret) -> None:
        self._status = "rotating"
        self.secretsmanager.put_secret_value(
            secret_id=self.secret.arn,
            secret_string=self._generate_secret_string(),
            secret_binary=None,  # type: ignore[arg-type] # as moto itself passes where there is none
            client_request_token=str(uuid4()),
            version_stages=["AWSCURRENT"],
        )

    MasterUserSecret._generate_secret_string, MasterUserSecret.rotate_secret = _generate_secret_string, rotate_secret


def keeps_the_secret_of_a_managed_password() -> None:
    """A request that asks to manage a password that is managed changes nothing; moto makes another secret.

    Terraform sends one for an instance that was imported: the provider does not read whether its password is managed.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    update = DBInstance.update

    def update_unless_managed(self: DBInstance, **changes: Any) -> None:
        if changes.get("manage_master_user_password") and self.manage_master_user_password:
            del changes["manage_master_user_password"]
        update(self, **changes)

    DBInstance.update = update_unless_managed


FIXES = (makes_up_a_password_and_rotates_it, keeps_the_secret_of_a_managed_password)
