"""What RDS does and moto does not."""

import base64
import json
from collections.abc import Iterable
from secrets import token_hex
from typing import Any
from uuid import uuid4

from moto.rds.models import DBInstance, DBParameterGroup, MasterUserSecret


def keeps_performance_insights() -> None:
    """An instance has performance insights, with a retention and a key, if it was asked for; moto forgets all three.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    create = DBInstance.__init__

    def create_with_insights(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        asked_for = kwargs.get("enable_performance_insights", False)
        self.performance_insights_enabled = asked_for
        if asked_for:
            self.performance_insights_retention_period = kwargs.get("performance_insights_retention_period", 7)
            self.performance_insights_kms_key_id = kwargs.get("performance_insights_kms_key_id")

    DBInstance.__init__ = create_with_insights


def says_who_set_a_parameter() -> None:
    """A parameter that was modified has the source "user", by which the provider knows it; moto's has none.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html
    """
    update = DBParameterGroup.update_parameters

    def update_parameters(self: DBParameterGroup, parameters: Iterable[dict[str, Any]]) -> None:
        update(self, [parameter | {"Source": "user"} for parameter in parameters])

    DBParameterGroup.update_parameters = update_parameters


def tells_instances_apart() -> None:
    """Each instance has a resource id of its own, by which the provider finds it; in moto all have the same one.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    create = DBInstance.__init__

    def create_with_an_id(self: DBInstance, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.dbi_resource_id = f"db-{base64.b32encode(uuid4().bytes).decode().rstrip('=')}"

    DBInstance.__init__ = create_with_an_id


def makes_up_a_password_and_rotates_it() -> None:
    """A managed password is random, and a rotation makes another; moto's is always the same, and none once rotated.

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


FIXES = (
    says_who_set_a_parameter,
    tells_instances_apart,
    keeps_performance_insights,
    makes_up_a_password_and_rotates_it,
)
