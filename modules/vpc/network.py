"""The VPC."""

import ipaddress
from collections.abc import Sequence

from cdktf import Fn
from cdktf_cdktf_provider_aws.default_network_acl import DefaultNetworkAcl
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from modules.environment import Environment
from modules.iam import Role
from modules.vpc.availability_zones import AvailabilityZones
from modules.vpc.network_acl import ANYWHERE, NetworkAcl
from modules.vpc.zone import Zone
from settings import NetworkSettings


class Network(Construct):
    """A VPC with a public and a private subnet in each zone. Private subnets reach the internet through NAT gateways.

    If there are fewer gateways than zones, several zones share a gateway. Without gateways, private subnets reach only
    S3, and the services for which `InterfaceEndpoints` exist.

    The address block is divided into sixteen parts: eight for public and eight for private subnets. So adding a zone
    changes no existing subnet. The default security group and the default network ACL have no rules.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-example-private-subnets-nat.html
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment, settings: NetworkSettings) -> None:
        super().__init__(scope, id_)

        name = environment.name
        vpc = Vpc(
            self,
            "Default",
            cidr_block=settings.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
        )
        vpc_id = vpc.id
        DefaultSecurityGroup(self, "default_security_group", vpc_id=vpc_id)
        internet = InternetGateway(self, "internet", vpc_id=vpc_id, tags={"Name": name})
        public_routes = RouteTable(self, "public", vpc_id=vpc_id, tags={"Name": f"{name}-public"})
        to_internet = Route(
            self,
            "to_internet",
            route_table_id=public_routes.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=internet.id,
        )

        names = AvailabilityZones(self, "zones", region=environment.region, count=settings.zones).names
        blocks = [str(block) for block in ipaddress.IPv4Network(settings.cidr).subnets(prefixlen_diff=4)]
        zones = [
            Zone(
                self,
                f"zone_{index}",
                name=f"{name}-{index}",
                vpc_id=vpc_id,
                zone=Fn.element(names, index),
                public_cidr=blocks[index],
                private_cidr=blocks[8 + index],
                public_routes=public_routes,
            )
            for index in range(settings.zones)
        ]
        self._add_network_acls(name, vpc, zones)
        gateways = [zone.add_nat_gateway(internet) for zone in zones[: settings.nat_gateways]]
        for index, zone in enumerate(zones):
            if gateways:
                zone.route_through(gateways[index % len(gateways)])
        VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{environment.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[zone.private_route_table_id for zone in zones],
            tags={"Name": f"{name}-s3"},
        )

        self.to_internet = to_internet
        """The route to the internet, for the `depends_on` of resources in a public subnet."""
        self.vpc_id = vpc_id
        self.public_subnet_ids = [zone.public_subnet_id for zone in zones]
        self.private_subnet_ids = [zone.private_subnet_id for zone in zones]

    def grant_view(self, role: Role) -> None:
        """Let the role see subnets and security groups. These actions support no ARN.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        """
        role.allow("ViewNetwork", actions=["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"], resources=["*"])

    def _add_network_acls(self, name: str, vpc: Vpc, zones: Sequence[Zone]) -> None:
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
            # Terraform removes the rules of the default ACL only after every subnet uses another ACL.
            depends_on=[acl.resource for acl in acls],
        )
