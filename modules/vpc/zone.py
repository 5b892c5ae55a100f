"""The subnets of a network in one availability zone."""

from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from modules.vpc.network_acl import ANYWHERE


class Zone(Construct):
    """A public and a private subnet. The private subnet has no route to the internet until `route_through()` adds one.

    https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html

    Args:
        name: The beginning of the name tags.
        vpc_id: The VPC of both subnets.
        zone: The name of the availability zone.
        public_cidr: The address block of the public subnet.
        private_cidr: The address block of the private subnet.
        public_routes: The route table of the public subnet.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        zone: str,
        public_cidr: str,
        private_cidr: str,
        public_routes: RouteTable,
    ) -> None:
        super().__init__(scope, id_)

        public = Subnet(
            self,
            "public",
            vpc_id=vpc_id,
            availability_zone=zone,
            cidr_block=public_cidr,
            tags={"Name": f"{name}-public"},
        )
        RouteTableAssociation(self, "public_routes", subnet_id=public.id, route_table_id=public_routes.id)
        private = Subnet(
            self,
            "private",
            vpc_id=vpc_id,
            availability_zone=zone,
            cidr_block=private_cidr,
            tags={"Name": f"{name}-private"},
        )
        routes = RouteTable(self, "private_routes", vpc_id=vpc_id, tags={"Name": f"{name}-private"})
        RouteTableAssociation(self, "private_association", subnet_id=private.id, route_table_id=routes.id)

        self._name = name
        self.public_subnet_id = public.id
        self.private_subnet_id = private.id
        self.private_route_table_id = routes.id

    def add_nat_gateway(self, internet: InternetGateway) -> NatGateway:
        """Add a NAT gateway to the public subnet."""
        address = Eip(self, "address", domain="vpc", tags={"Name": self._name}, depends_on=[internet])
        return NatGateway(
            self,
            "nat",
            subnet_id=self.public_subnet_id,
            allocation_id=address.id,
            tags={"Name": self._name},
            depends_on=[internet],
        )

    def route_through(self, gateway: NatGateway) -> None:
        """Route the private subnet to the internet through a gateway of this or another zone."""
        Route(
            self,
            "to_internet",
            route_table_id=self.private_route_table_id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=gateway.id,
        )
