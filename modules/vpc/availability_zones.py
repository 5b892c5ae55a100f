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

    The filter excludes Local Zones, because not all of them have RDS and NAT gateways. Without the filter, the data
    source would list a Local Zone if the account has opted in to the zone.
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
                        error_message=f"network.zones is {count}, but {region} has fewer zones with Fargate and RDS.",
                    )
                ]
            ),
        )

        self.names = zones.names
