"""The properties of an environment, which every construct gets as one argument."""

from dataclasses import dataclass

from modules.encryption import AwsManagedKeys, Encryption
from settings import Settings
from settings.names import SystemRole, role_name

AWS_MANAGED_KEYS = AwsManagedKeys()


@dataclass(frozen=True)
class Environment:
    """The properties that all constructs of one environment share.

    Args:
        name: `<app>-<environment>`, the prefix of every name in AWS.
        region: The AWS region.
        protect: Whether AWS and Terraform refuse to delete resources with data.
        log_retention_days: Days that logs are kept.
        encryption: The keys that encrypt data, logs and artifacts.
    """

    name: str
    region: str
    protect: bool
    log_retention_days: int
    encryption: Encryption

    @classmethod
    def of(cls, settings: Settings, *, encryption: Encryption = AWS_MANAGED_KEYS) -> "Environment":
        """Return the environment that the settings describe. By default, AWS managed keys encrypt its data."""
        return cls(
            name=settings.name,
            region=settings.region,
            protect=settings.protect,
            log_retention_days=settings.logs.retention_days,
            encryption=encryption,
        )

    def role_name(self, role: SystemRole) -> str:
        """Return the name of one of the system's roles in IAM."""
        return role_name(self.name, role)
