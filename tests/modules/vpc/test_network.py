"""The VPC."""

from ipaddress import IPv4Network

import pytest

from tests.support.synthesized import Json, Stack, System

VPC = "${aws_vpc.network.id}"
ANYWHERE = "0.0.0.0/0"


def test_the_vpc_resolves_names(main: Stack) -> None:
    assert main.resources("aws_vpc") == {
        "network": {
            "cidr_block": "10.0.0.0/16",
            "enable_dns_hostnames": True,
            "enable_dns_support": True,
            "tags": {"Name": "example-app-dev"},
        }
    }


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


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_two_subnets_overlap_and_all_lie_in_the_vpc(environment: str, request: pytest.FixtureRequest) -> None:
    system: System = request.getfixturevalue(environment)
    stack = system[f"{environment}-main"]

    vpc = IPv4Network(stack.resource("aws_vpc")["cidr_block"])
    subnets = [IPv4Network(subnet["cidr_block"]) for subnet in stack.resources("aws_subnet").values()]
    assert all(subnet.subnet_of(vpc) for subnet in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)


def test_a_third_zone_adds_to_the_two_others(prod: System) -> None:
    subnets = prod["prod-main"].resources("aws_subnet")

    assert {name: subnet["cidr_block"] for name, subnet in subnets.items()} == {
        "network_zone_0_public": "10.8.0.0/24",
        "network_zone_1_public": "10.8.1.0/24",
        "network_zone_2_public": "10.8.2.0/24",
        "network_zone_0_private": "10.8.8.0/24",
        "network_zone_1_private": "10.8.9.0/24",
        "network_zone_2_private": "10.8.10.0/24",
    }
    assert set(prod["prod-main"].resources("aws_nat_gateway")) == {
        "network_zone_0_nat",
        "network_zone_1_nat",
        "network_zone_2_nat",
    }


def test_zones_without_fargate_or_to_opt_into_are_left_out_and_too_few_refused(main: Stack) -> None:
    assert main.json["data"]["aws_availability_zones"] == {
        "network_zones": {
            "state": "available",
            "exclude_zone_ids": ["apne1-az3", "use1-az3", "usw1-az2"],
            "filter": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            "lifecycle": {
                "postcondition": [
                    {
                        "condition": "${length(self.names) >= 2}",
                        "error_message": "network.zones is 2, and eu-central-1 has fewer.",
                    }
                ]
            },
        }
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
    """Which NAT gateway the private subnet of each zone goes out through, by name."""
    routes = stack.resources("aws_route")
    return {
        name: route["nat_gateway_id"]
        for name, route in routes.items()
        if route["destination_cidr_block"] == ANYWHERE
        if "nat_gateway_id" in route
    }


def test_a_nat_gateway_stands_in_a_public_subnet_with_an_address_of_its_own(main: Stack) -> None:
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


def test_zones_share_gateways_where_there_are_fewer(main: Stack) -> None:
    assert gateways(main) == {
        "network_zone_0_to_internet": "${aws_nat_gateway.network_zone_0_nat.id}",
        "network_zone_1_to_internet": "${aws_nat_gateway.network_zone_0_nat.id}",
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


def test_there_are_no_other_ways_in_or_out(main: Stack) -> None:
    assert set(main.resources("aws_route")) == {
        "network_to_internet",
        "network_zone_0_to_internet",
        "network_zone_1_to_internet",
    }
    assert main.resources("aws_route_table") == {
        "network_public": {"vpc_id": VPC, "tags": {"Name": "example-app-dev-public"}},
        "network_zone_0_private_routes": {"vpc_id": VPC, "tags": {"Name": "example-app-dev-0-private"}},
        "network_zone_1_private_routes": {"vpc_id": VPC, "tags": {"Name": "example-app-dev-1-private"}},
    }
    assert len(main.resources("aws_route_table_association")) == 4


def test_private_subnets_reach_s3_without_nat(main: Stack) -> None:
    assert main.resources("aws_vpc_endpoint") == {
        "network_s3": {
            "vpc_id": VPC,
            "service_name": "com.amazonaws.eu-central-1.s3",
            "vpc_endpoint_type": "Gateway",
            "route_table_ids": [
                "${aws_route_table.network_zone_0_private_routes.id}",
                "${aws_route_table.network_zone_1_private_routes.id}",
            ],
            "tags": {"Name": "example-app-dev-s3"},
        }
    }


def rules(stack: Stack, acl: str, direction: str) -> list[Json]:
    """What the ACL of the public or the private subnets lets through, each rule without what it leaves open."""
    made = stack.resources("aws_network_acl")[f"network_{acl}_acl"][direction]
    return [{name: value for name, value in rule.items() if value is not None} for rule in made]


FROM_THE_VPC = {
    "rule_no": 100,
    "action": "allow",
    "protocol": "-1",
    "cidr_block": "${aws_vpc.network.cidr_block}",
    "from_port": 0,
    "to_port": 0,
}
ANSWERS: list[Json] = [
    {
        "rule_no": 110,
        "action": "allow",
        "protocol": "icmp",
        "cidr_block": ANYWHERE,
        "from_port": 0,
        "to_port": 0,
        "icmp_type": 3,
        "icmp_code": -1,
    },
    *(
        {
            "rule_no": number,
            "action": "allow",
            "protocol": protocol,
            "cidr_block": ANYWHERE,
            "from_port": 1024,
            "to_port": 65535,
        }
        for number, protocol in ((120, "tcp"), (130, "udp"))
    ),
]


def test_private_subnets_admit_the_vpc_and_answers_from_elsewhere(main: Stack) -> None:
    assert rules(main, "private", "ingress") == [FROM_THE_VPC, *ANSWERS]


def test_public_subnets_admit_the_vpc_answers_and_what_is_asked_of_the_load_balancer(main: Stack) -> None:
    assert rules(main, "public", "ingress") == [
        FROM_THE_VPC,
        *ANSWERS,
        *(
            {
                "rule_no": number,
                "action": "allow",
                "protocol": "tcp",
                "cidr_block": ANYWHERE,
                "from_port": port,
                "to_port": port,
            }
            for number, port in ((140, 80), (150, 443))
        ),
    ]


@pytest.mark.parametrize("acl", ["public", "private"])
def test_subnets_let_anything_out(acl: str, main: Stack) -> None:
    assert rules(main, acl, "egress") == [FROM_THE_VPC | {"cidr_block": ANYWHERE}]


@pytest.mark.parametrize("acl", ["public", "private"])
def test_an_acl_holds_for_the_subnet_of_every_zone(acl: str, main: Stack, prod: System) -> None:
    for stack, zones in ((main, 2), (prod["prod-main"], 3)):
        made = stack.resources("aws_network_acl")[f"network_{acl}_acl"]

        assert made["subnet_ids"] == [f"${{aws_subnet.network_zone_{zone}_{acl}.id}}" for zone in range(zones)]


def test_the_default_acl_admits_nothing_once_no_subnet_has_it(main: Stack) -> None:
    assert main.resources("aws_default_network_acl") == {
        "network_default_acl": {
            "default_network_acl_id": "${aws_vpc.network.default_network_acl_id}",
            "depends_on": ["aws_network_acl.network_public_acl", "aws_network_acl.network_private_acl"],
        }
    }


def test_the_default_security_group_admits_nothing(main: Stack) -> None:
    assert main.resources("aws_default_security_group") == {"network_default_security_group": {"vpc_id": VPC}}
