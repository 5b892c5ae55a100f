"""The VPC."""

from ipaddress import IPv4Network

import pytest

from tests.support.synthesized import Stack, System

VPC = "${aws_vpc.network.id}"


def test_the_vpc_resolves_names(main: Stack) -> None:
    assert main.resources("aws_vpc") == {
        "network": {
            "cidr_block": "10.0.0.0/16",
            "enable_dns_hostnames": True,
            "enable_dns_support": True,
            "tags": {"Name": "example-app-dev"},
        }
    }


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_two_subnets_overlap_and_all_are_in_the_vpc(environment: str, request: pytest.FixtureRequest) -> None:
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


def test_zones_without_fargate_or_with_an_opt_in_are_excluded(main: Stack) -> None:
    """A region with fewer zones than the settings ask for is refused."""
    assert main.json["data"]["aws_availability_zones"] == {
        "network_zones": {
            "state": "available",
            "exclude_zone_ids": ["apne1-az3", "use1-az3", "usw1-az2"],
            "filter": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            "lifecycle": {
                "postcondition": [
                    {
                        "condition": "${length(self.names) >= 2}",
                        "error_message": "network.zones is 2, but eu-central-1 has fewer zones with Fargate and RDS.",
                    }
                ]
            },
        }
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


def test_the_default_security_group_has_no_rules(main: Stack) -> None:
    assert main.resources("aws_default_security_group") == {"network_default_security_group": {"vpc_id": VPC}}
