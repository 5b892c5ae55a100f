"""The network ACLs of the public and the private subnets."""

import pytest

from tests.support.synthesized import Json, Stack, System

ANYWHERE = "0.0.0.0/0"


def rules(stack: Stack, acl: str, direction: str) -> list[Json]:
    """Return the rules of the ACL of the public or the private subnets, without empty attributes."""
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


def test_public_subnets_admit_the_vpc_answers_http_and_https(main: Stack) -> None:
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


def test_the_default_acl_denies_all_traffic(main: Stack) -> None:
    assert main.resources("aws_default_network_acl") == {
        "network_default_acl": {
            "default_network_acl_id": "${aws_vpc.network.default_network_acl_id}",
            "depends_on": ["aws_network_acl.network_public_acl", "aws_network_acl.network_private_acl"],
        }
    }
