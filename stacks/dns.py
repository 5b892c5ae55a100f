"""What must be delegated before a certificate validates."""

from cdktf import TerraformOutput
from constructs import Construct

from modules.domain import HostedZone
from settings import Settings
from stacks.stack import AwsStack


class DnsStack(AwsStack):
    """The hosted zone; a new one waits for a person to delegate the domain to its name servers."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, s3_use_path_style: bool) -> None:
        super().__init__(scope, id_, settings=settings, s3_use_path_style=s3_use_path_style)

        self.zone = HostedZone(
            self,
            "zone",
            environment=settings.environment,
            domain=settings.domain,
            existing_id=settings.hosted_zone_id,
            protect=settings.protect,
        )

        TerraformOutput(self, "name_servers", value=self.zone.name_servers)
