"""The stack with the hosted zone."""

from cdktf import TerraformOutput
from constructs import Construct

from modules.domain import HostedZone
from settings import Settings
from stacks.stack import AwsStack


class DnsStack(AwsStack):
    """The hosted zone. It is deployed before the certificate, so that a person can delegate the domain to the zone."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, settings=settings)

        self.zone = HostedZone(self, "zone", settings=settings)

        TerraformOutput(self, "name_servers", value=self.zone.name_servers)
