"""The event that Secrets Manager sends when a staging label moves to another version of a secret.

In moto, RDS rotates a password without a request to the API of Secrets Manager. So this module changes the methods of
moto's backend, and the changed methods send the event.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from moto.secretsmanager.models import SecretsManagerBackend

from localaws.events.bus import event
from localaws.json_types import JsonObject

Answer = TypeVar("Answer")

_LABEL_METHODS = ("put_secret_value", "rotate_secret", "update_secret", "update_secret_version_stage")
_LABELS_WITHOUT_EVENT = ("AWSPENDING", "AWSPREVIOUS")


def watch(put: Callable[[JsonObject], None]) -> None:
    """Send an event with `put` for each staging label that moves from now on. Call this one time in a process."""
    for name in _LABEL_METHODS:
        setattr(SecretsManagerBackend, name, _watched(getattr(SecretsManagerBackend, name), put))


def _watched(change: Callable[..., Answer], put: Callable[[JsonObject], None]) -> Callable[..., Answer]:
    @wraps(change)
    def change_and_put(self: SecretsManagerBackend, secret_id: str, *args: object, **kwargs: object) -> Answer:
        before = _labels(self, secret_id)
        answer = change(self, secret_id, *args, **kwargs)
        for label, version in _labels(self, secret_id) - before:
            put(_secret_label_updated(self, secret_id, label, version))
        return answer

    return change_and_put


def _labels(backend: SecretsManagerBackend, secret_id: str) -> set[tuple[str, str]]:
    secret = backend.secrets.get(secret_id)
    versions = secret.versions.items() if secret else ()
    return {
        (label, id_)
        for id_, version in versions
        for label in version["version_stages"]
        if label not in _LABELS_WITHOUT_EVENT
    }


def _secret_label_updated(backend: SecretsManagerBackend, secret_id: str, label: str, version: str) -> JsonObject:
    secret = backend.secrets[secret_id]
    return event(
        "Secret Label Updated",
        source="aws.secretsmanager",
        account=backend.account_id,
        region=backend.region_name,
        resources=[secret.arn],
        detail={"name": secret.name, "labelUpdated": label, "versionId": version},
    )
