"""Fixes for Secrets Manager where moto answers differently from AWS."""

from typing import cast

from moto.secretsmanager.models import FakeSecret
from moto.secretsmanager.models import SecretsManagerBackend as Backend

from localaws.json_types import JsonObject


def gives_the_version_that_became_current() -> None:
    """In GetSecretValue, return the version of the secret that has the staging label AWSCURRENT.

    moto returns the version that was stored last.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
    """
    update = Backend.update_secret_version_stage

    def update_secret_version_stage(
        self: Backend, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str
    ) -> tuple[str, str]:
        answer = update(self, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        if version_stage == "AWSCURRENT":
            secret = cast(FakeSecret, self.secrets[secret_id])
            secret.set_default_version_id(move_to_version_id)
        return answer

    Backend.update_secret_version_stage = update_secret_version_stage


def lists_tags_of_every_secret() -> None:
    """Return an empty list of tags for a secret without tags.

    moto omits the list.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html
    """
    describe = FakeSecret.to_dict

    def to_dict(self: FakeSecret) -> JsonObject:
        return {"Tags": []} | describe(self)

    FakeSecret.to_dict = to_dict


FIXES = (
    gives_the_version_that_became_current,
    lists_tags_of_every_secret,
)
