"""The network of a service, as the local AWS shows it."""

from itertools import count
from typing import Any

import pytest

from operations.system import network
from operations.system.network import ANYWHERE, LoadBalancer, Placement, Rule, SecurityGroup, Subnet
from tests.support.localaws.aws_pipeline import clients

pytestmark = pytest.mark.slow

_numbers = count(1)


def client(service: str) -> Any:
    return clients().client(service)


def vpc(cidr: str = "10.1.0.0/16") -> str:
    return str(client("ec2").create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])


def subnet(vpc_id: str, cidr: str, zone: str) -> str:
    made = client("ec2").create_subnet(VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=f"eu-central-1{zone}")
    return str(made["Subnet"]["SubnetId"])


def group(vpc_id: str, name: str) -> str:
    return str(client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"])


def test_subnets_have_their_free_addresses_and_zones() -> None:
    made = vpc()
    ids = [subnet(made, "10.1.1.0/28", "b"), subnet(made, "10.1.0.0/24", "a")]
    client("ec2").create_network_interface(SubnetId=ids[0])

    assert network.subnets(client("ec2"), [*ids, "subnet-00000000000000000"]) == [
        Subnet(ids[1], "eu-central-1a", "10.1.0.0/24", 251),
        Subnet(ids[0], "eu-central-1b", "10.1.1.0/28", 10),
    ]


def test_a_security_group_has_a_rule_for_each_peer() -> None:
    made = vpc()
    own, peer = group(made, "own"), group(made, "peer")
    ports = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 90}
    peers = {
        "UserIdGroupPairs": [{"GroupId": peer}],
        "IpRanges": [{"CidrIp": "10.1.0.0/16"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
    }
    client("ec2").authorize_security_group_ingress(GroupId=own, IpPermissions=[ports | peers])

    [found] = network.security_groups(client("ec2"), [own, "sg-00000000000000000"])

    assert (found.id, found.name) == (own, "own")
    assert found.rules == (
        Rule("ingress", "tcp", (80, 90), peer),
        Rule("ingress", "tcp", (80, 90), "10.1.0.0/16"),
        Rule("ingress", "tcp", (80, 90), "::/0"),
        Rule("egress", "-1", None, ANYWHERE),
    )


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (Rule("ingress", "tcp", (3000, 3000), "sg-peer"), True),
        (Rule("ingress", "-1", None, "sg-peer"), True),
        (Rule("ingress", "6", (0, 65535), "sg-peer"), True),
        (Rule("ingress", "tcp", None, "10.1.0.0/16"), True),
        (Rule("ingress", "tcp", None, "10.1.0.0/25"), False),
        (Rule("ingress", "tcp", None, "::/0"), False),
        (Rule("ingress", "tcp", None, "pl-0123"), False),
        (Rule("ingress", "tcp", (3001, 4000), "sg-peer"), False),
        (Rule("ingress", "udp", (3000, 3000), "sg-peer"), False),
        (Rule("ingress", "tcp", (3000, 3000), "sg-other"), False),
        (Rule("egress", "tcp", (3000, 3000), "sg-peer"), False),
    ],
)
def test_a_rule_allows_its_direction_protocol_ports_and_peer(rule: Rule, *, allowed: bool) -> None:
    found = SecurityGroup("sg-own", "own", (rule,))

    assert found.allows("ingress", 3000, groups=["sg-peer"], blocks=["10.1.0.0/24"]) is allowed


def test_each_block_of_the_peer_must_be_allowed() -> None:
    rules = (Rule("egress", "-1", None, "10.1.0.0/24"), Rule("egress", "-1", None, "10.1.1.0/24"))
    found = SecurityGroup("sg-own", "own", rules)

    assert found.allows("egress", 443, blocks=["10.1.0.0/25", "10.1.1.0/25"])
    assert not found.allows("egress", 443, blocks=["10.1.0.0/25", "10.1.2.0/25"])
    assert not found.allows("egress", 443)


def test_the_load_balancer_of_target_groups_has_groups_and_subnets() -> None:
    made, name = vpc(), f"network{next(_numbers)}"
    ids, own = [subnet(made, "10.1.0.0/24", "a"), subnet(made, "10.1.1.0/24", "b")], group(made, name)
    elb = client("elbv2")
    balancer = elb.create_load_balancer(Name=name, Subnets=ids, SecurityGroups=[own])["LoadBalancers"][0]
    target = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=made, TargetType="ip")
    [arn] = [each["TargetGroupArn"] for each in target["TargetGroups"]]

    assert network.load_balancer(elb, [arn]) == LoadBalancer((), ())
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward)
    found = network.load_balancer(elb, [arn])

    assert (found.groups, sorted(found.subnets)) == ((own,), sorted(ids))


def test_the_placement_of_a_service_is_its_network_configuration() -> None:
    awsvpc: Any = {"subnets": ["subnet-a"], "securityGroups": ["sg-own"]}
    service: Any = {
        "networkConfiguration": {"awsvpcConfiguration": awsvpc},
        "loadBalancers": [{"targetGroupArn": "arn", "containerName": "app", "containerPort": 3000}],
    }

    assert network.placement(service) == Placement(("subnet-a",), ("sg-own",), ("arn",))
    assert network.placement({"loadBalancers": []}) == Placement((), (), ())
