"""The availability zones of a region."""

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from constructs import Construct

ZONES_WITHOUT_FARGATE = ["apne1-az3", "use1-az3", "usw1-az2"]
"""Ids of zones that lack Fargate or the current instance classes of RDS.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
"""


class AvailabilityZones(Construct):
    """The zones of the region that have Fargate and RDS. A plan fails if the region has fewer than `count` such zones.

    Local Zones are excluded, because not all of them have RDS and NAT gateways. After an opt-in, the data source would
    list them.
    """

    def __init__(self, scope: Construct, id_: str, *, region: str, count: int) -> None:
        super().__init__(scope, id_)

        zones = DataAwsAvailabilityZones(
            self,
            "Default",
            state="available",
            exclude_zone_ids=ZONES_WITHOUT_FARGATE,
            filter=[DataAwsAvailabilityZonesFilter(name="opt-in-status", values=["opt-in-not-required"])],
            lifecycle=TerraformResourceLifecycle(
                postcondition=[
                    Postcondition(
                        condition=f"${{length(self.names) >= {count}}}",
                        error_message=f"network.zones is {count}, and {region} has fewer.",
                    )
                ]
            ),
        )

        self.names = zones.names
