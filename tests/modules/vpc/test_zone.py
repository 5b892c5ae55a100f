"""One availability zone: its subnets, routes and NAT gateway."""

import pytest

from tests.support.synthesized import Json, Stack, System

VPC = "${aws_vpc.network.id}"
ANYWHERE = "0.0.0.0/0"


def test_each_zone_has_a_public_and_a_private_subnet(main: Stack) -> None:
    def subnet(zone: int, cidr: str, name: str) -> Json:
        return {
            "vpc_id": VPC,
            "availability_zone": f"${{element(data.aws_availability_zones.network_zones.names, {zone})}}",
            "cidr_block": cidr,
            "tags": {"Name": name},
        }

    assert main.resources("aws_subnet") == {
        "network_zone_0_public": subnet(0, "10.0.0.0/20", "example-app-dev-0-public"),
        "network_zone_1_public": subnet(1, "10.0.16.0/20", "example-app-dev-1-public"),
        "network_zone_0_private": subnet(0, "10.0.128.0/20", "example-app-dev-0-private"),
        "network_zone_1_private": subnet(1, "10.0.144.0/20", "example-app-dev-1-private"),
    }


def test_public_subnets_go_out_through_the_internet_gateway(main: Stack) -> None:
    assert main.resources("aws_internet_gateway") == {
        "network_internet": {"vpc_id": VPC, "tags": {"Name": "example-app-dev"}}
    }
    assert main.resources("aws_route")["network_to_internet"] == {
        "route_table_id": "${aws_route_table.network_public.id}",
        "destination_cidr_block": ANYWHERE,
        "gateway_id": "${aws_internet_gateway.network_internet.id}",
    }
    for zone in (0, 1):
        assert main.resources("aws_route_table_association")[f"network_zone_{zone}_public_routes"] == {
            "subnet_id": f"${{aws_subnet.network_zone_{zone}_public.id}}",
            "route_table_id": "${aws_route_table.network_public.id}",
        }


def gateways(stack: Stack) -> dict[str, str]:
    """Return the name of the NAT gateway that each private subnet routes to."""
    routes = stack.resources("aws_route")
    return {
        name: route["nat_gateway_id"]
        for name, route in routes.items()
        if route["destination_cidr_block"] == ANYWHERE
        if "nat_gateway_id" in route
    }


def test_a_nat_gateway_is_in_a_public_subnet(main: Stack) -> None:
    """It has its own Elastic IP address."""
    assert main.resources("aws_eip") == {
        "network_zone_0_address": {
            "domain": "vpc",
            "tags": {"Name": "example-app-dev-0"},
            "depends_on": ["aws_internet_gateway.network_internet"],
        }
    }
    assert main.resources("aws_nat_gateway") == {
        "network_zone_0_nat": {
            "subnet_id": "${aws_subnet.network_zone_0_public.id}",
            "allocation_id": "${aws_eip.network_zone_0_address.id}",
            "tags": {"Name": "example-app-dev-0"},
            "depends_on": ["aws_internet_gateway.network_internet"],
        }
    }


def test_with_a_gateway_per_zone_each_uses_its_own(prod: System) -> None:
    assert gateways(prod["prod-main"]) == {
        f"network_zone_{zone}_to_internet": f"${{aws_nat_gateway.network_zone_{zone}_nat.id}}" for zone in (0, 1, 2)
    }


@pytest.mark.parametrize("zone", [0, 1])
def test_private_subnets_have_routes_of_their_own(zone: int, main: Stack) -> None:
    assert main.resources("aws_route")[f"network_zone_{zone}_to_internet"] == {
        "route_table_id": f"${{aws_route_table.network_zone_{zone}_private_routes.id}}",
        "destination_cidr_block": ANYWHERE,
        "nat_gateway_id": "${aws_nat_gateway.network_zone_0_nat.id}",
    }
    assert main.resources("aws_route_table_association")[f"network_zone_{zone}_private_association"] == {
        "subnet_id": f"${{aws_subnet.network_zone_{zone}_private.id}}",
        "route_table_id": f"${{aws_route_table.network_zone_{zone}_private_routes.id}}",
    }


def test_zones_share_gateways_where_there_are_fewer(main: Stack) -> None:
    assert gateways(main) == {
        "network_zone_0_to_internet": "${aws_nat_gateway.network_zone_0_nat.id}",
        "network_zone_1_to_internet": "${aws_nat_gateway.network_zone_0_nat.id}",
    }
