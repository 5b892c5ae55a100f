"""The VPC."""

import ipaddress

from cdktf import Fn, Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from cdktf_cdktf_provider_aws.default_network_acl import DefaultNetworkAcl
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from modules.vpc.network_acl import ANYWHERE, NetworkAcl
from modules.vpc.zone import Zone
from settings import NetworkSettings

ZONES_WITHOUT_FARGATE = ["apne1-az3", "use1-az3", "usw1-az2"]
"""Zones in which Fargate, or RDS's current instance classes, cannot be had.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
"""


class Network(Construct):
    """A VPC with a public and a private subnet in each zone; private subnets go out through a NAT gateway.

    With fewer gateways than zones, some zones share one. Without any, private subnets reach S3 and nothing else, unless
    there are `InterfaceEndpoints`. A region with fewer zones than asked for is refused when Terraform plans.

    The address block is cut into sixteen: the first eight for public subnets, the others for private ones, so that a
    further zone moves none. The default security group and the default network ACL admit nothing.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-example-private-subnets-nat.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, region: str, settings: NetworkSettings) -> None:
        super().__init__(scope, id_)

        vpc = Vpc(
            self,
            "Default",
            cidr_block=settings.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
        )
        DefaultSecurityGroup(self, "default_security_group", vpc_id=vpc.id)
        internet = InternetGateway(self, "internet", vpc_id=vpc.id, tags={"Name": name})
        public_routes = RouteTable(self, "public", vpc_id=vpc.id, tags={"Name": f"{name}-public"})
        to_internet = Route(
            self,
            "to_internet",
            route_table_id=public_routes.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=internet.id,
        )

        # Local Zones are listed too where the account has opted in; neither RDS nor a NAT gateway runs in all of them.
        names = DataAwsAvailabilityZones(
            self,
            "zones",
            state="available",
            exclude_zone_ids=ZONES_WITHOUT_FARGATE,
            filter=[DataAwsAvailabilityZonesFilter(name="opt-in-status", values=["opt-in-not-required"])],
            lifecycle=TerraformResourceLifecycle(
                postcondition=[
                    Postcondition(
                        condition=f"${{length(self.names) >= {settings.zones}}}",
                        error_message=f"network.zones is {settings.zones}, and {region} has fewer.",
                    )
                ]
            ),
        ).names
        blocks = [str(block) for block in ipaddress.IPv4Network(settings.cidr).subnets(prefixlen_diff=4)]
        zones = [
            Zone(
                self,
                f"zone_{index}",
                name=f"{name}-{index}",
                vpc=vpc,
                zone=Fn.element(names, index),
                public_cidr=blocks[index],
                private_cidr=blocks[8 + index],
                public_routes=public_routes,
            )
            for index in range(settings.zones)
        ]
        acls = [
            NetworkAcl(
                self,
                "public_acl",
                name=f"{name}-public",
                vpc=vpc,
                subnet_ids=[zone.public_subnet_id for zone in zones],
                ports=[80, 443],
            ),
            NetworkAcl(
                self,
                "private_acl",
                name=f"{name}-private",
                vpc=vpc,
                subnet_ids=[zone.private_subnet_id for zone in zones],
            ),
        ]
        DefaultNetworkAcl(
            self,
            "default_acl",
            default_network_acl_id=vpc.default_network_acl_id,
            # It is emptied once no subnet depends on it.
            depends_on=[acl.made for acl in acls],
        )
        gateways = [zone.add_nat_gateway(internet) for zone in zones[: settings.nat_gateways]]
        for index, zone in enumerate(zones):
            if gateways:
                zone.route_through(gateways[index % len(gateways)])
        VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[zone.private_route_table_id for zone in zones],
            tags={"Name": f"{name}-s3"},
        )

        self.to_internet = to_internet
        """What must exist before anything in a public subnet is put to work."""
        self.vpc_id = vpc.id
        self.public_subnet_ids = [zone.public_subnet_id for zone in zones]
        self.private_subnet_ids = [zone.private_subnet_id for zone in zones]
