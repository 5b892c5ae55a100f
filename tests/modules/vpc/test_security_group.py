"""Security groups, and the rules that their verbs add."""

from pathlib import Path

from constructs import Construct

from modules.environment import Environment
from modules.vpc.network import Network
from modules.vpc.security_group import SecurityGroup
from tests.support.synthesized import DEV, Stack, scratch


def groups(outdir: Path, *, peer_allows_all_egress: bool) -> Stack:
    """Return a stack with a security group that allows a peer on port 5432 and any address on port 443."""

    def declare(stack: Construct) -> None:
        network = Network(stack, "network", environment=Environment.of(DEV), settings=DEV.network)
        group = SecurityGroup(stack, "group", network=network, name="example-app-dev-group", description="a group")
        peer = SecurityGroup(
            stack,
            "peer",
            network=network,
            name="example-app-dev-peer",
            description="its peer",
            allow_all_egress=peer_allows_all_egress,
        )
        group.allow_from("peer", peer, port=5432)
        group.allow_from_anywhere("https", port=443)

    return scratch(outdir, declare)


FROM_ANYWHERE = {
    "security_group_id": "${aws_security_group.group.id}",
    "cidr_ipv4": "0.0.0.0/0",
    "ip_protocol": "tcp",
    "from_port": 443,
    "to_port": 443,
}
FROM_PEER = {
    "security_group_id": "${aws_security_group.group.id}",
    "referenced_security_group_id": "${aws_security_group.peer.id}",
    "ip_protocol": "tcp",
    "from_port": 5432,
    "to_port": 5432,
}
TO_GROUP = {
    "security_group_id": "${aws_security_group.peer.id}",
    "referenced_security_group_id": "${aws_security_group.group.id}",
    "ip_protocol": "tcp",
    "from_port": 5432,
    "to_port": 5432,
}
TO_ANYWHERE = {"security_group_id": "${aws_security_group.peer.id}", "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}


def test_a_connection_is_opened_on_both_sides(tmp_path: Path) -> None:
    stack = groups(tmp_path, peer_allows_all_egress=False)

    assert stack.resources("aws_vpc_security_group_ingress_rule") == {
        "group_https": FROM_ANYWHERE,
        "group_peer_ingress": FROM_PEER,
    }
    assert stack.resources("aws_vpc_security_group_egress_rule") == {"group_peer_egress": TO_GROUP}


def test_a_peer_that_opens_anything_needs_no_rule_of_its_own(tmp_path: Path) -> None:
    stack = groups(tmp_path, peer_allows_all_egress=True)

    assert stack.resources("aws_vpc_security_group_ingress_rule") == {
        "group_https": FROM_ANYWHERE,
        "group_peer_ingress": FROM_PEER,
    }
    assert stack.resources("aws_vpc_security_group_egress_rule") == {"peer_to_anywhere": TO_ANYWHERE}


def test_a_group_has_no_rules_inside_and_is_replaced_without_a_gap(tmp_path: Path) -> None:
    """Inline rules and rule resources would remove each other."""
    stack = groups(tmp_path, peer_allows_all_egress=False)

    assert stack.resources("aws_security_group")["group"] == {
        "name_prefix": "example-app-dev-group-",
        "description": "a group",
        "vpc_id": "${aws_vpc.network.id}",
        "lifecycle": {"create_before_destroy": True},
    }
