"""The keys that encrypt an environment's data, logs and artifacts."""

from dataclasses import dataclass
from typing import Protocol

from modules.iam import Role


class Encryption(Protocol):
    """Interface of the keys that encrypt an environment's data, logs and artifacts: `AwsManagedKeys` or a `Key`."""

    @property
    def key_arn(self) -> str | None:
        """The ARN of the customer managed key, or None if AWS manages the keys."""

    def grant_use(self, role: Role) -> None:
        """Let the role encrypt and decrypt."""

    def grant_decrypt(self, role: Role) -> None:
        """Let the role decrypt."""

    def grant_session_decrypt(self, role: Role, *, cluster: str) -> None:
        """Let the role of a container decrypt the data of ECS Exec sessions."""

    def grant_session_encrypt(self, role: Role, *, cluster: str) -> None:
        """Let the role of a client encrypt the data of ECS Exec sessions."""

    def allow_log_group(self, name: str) -> None:
        """Let CloudWatch Logs encrypt one log group."""


@dataclass(frozen=True)
class AwsManagedKeys:
    """The keys that each AWS service manages. The methods do nothing, because no grant is needed to use these keys.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
    """

    key_arn: None = None

    def grant_use(self, role: Role) -> None:
        """Grant nothing."""

    def grant_decrypt(self, role: Role) -> None:
        """Grant nothing."""

    def grant_session_decrypt(self, role: Role, *, cluster: str) -> None:
        """Grant nothing."""

    def grant_session_encrypt(self, role: Role, *, cluster: str) -> None:
        """Grant nothing."""

    def allow_log_group(self, name: str) -> None:
        """Allow nothing."""
